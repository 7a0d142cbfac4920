import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Served } from './control.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** Starts the emulator's command in a process of its own. */
export function spawnEmulator(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Waits until the command serves, and parses its addresses from the output. Throws if it exits before. */
export async function servedBy(child: ChildProcess): Promise<Served> {
  if (child.stdout === null) throw new Error('no output to read')
  for await (const line of createInterface(child.stdout)) {
    const controlUrl = /http:\S+/.exec(line)?.[0]
    if (controlUrl !== undefined) return discover(controlUrl)
  }
  throw new Error('the command ended before it served')
}

async function discover(controlUrl: string): Promise<Served> {
  const [dcs, key] = await Promise.all([fetch(`${controlUrl}/dcs`), fetch(`${controlUrl}/key`)])
  return {
    controlUrl,
    dcs: (await dcs.json()) as Served['dcs'],
    publicKeyPem: await key.text(),
  }
}
