import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Performance } from './contestants/contest.ts'

/** Debian's Python: the package `python3-telethon` is not available to other installations of Python. */
export const PYTHON = '/usr/bin/python3'

const COMMANDS = {
  telegather: [process.execPath, 'contestants/telegather.ts'],
  gramjs: [process.execPath, 'contestants/gramjs.ts'],
  telethon: [PYTHON, 'contestants/with_telethon.py'],
} as const

export type Contestant = keyof typeof COMMANDS

/** Runs one contestant in its own process: waits until it is ready, sends the start signal, returns its figures. */
export async function runContestant(contestant: Contestant, task: object): Promise<Performance> {
  const [command, script] = COMMANDS[contestant]
  const child = spawn(command, [fileURLToPath(new URL(script, import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<string> => {
    const { done, value } = await lines.next()
    if (done === true) throw new Error(`${contestant} ended with code ${String(await exited)}`)
    return value
  }
  child.stdin.write(`${JSON.stringify(task)}\n`)
  await nextLine()
  child.stdin.write('go\n')
  const performed = JSON.parse(await nextLine()) as Performance
  await exited
  return performed
}
