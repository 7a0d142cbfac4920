import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Runs a program of this folder with arguments in JSON, and parses its output. */
export async function run<T>(program: string, ...args: readonly unknown[]): Promise<T> {
  const path = fileURLToPath(new URL(program, import.meta.url))
  const argv = ['--expose-gc', path, ...args.map((arg) => JSON.stringify(arg))]
  const { stdout } = await promisify(execFile)(process.execPath, argv)
  return JSON.parse(stdout) as T
}
