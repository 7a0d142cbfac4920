import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { emulatorClient, type EmulatorClient } from '@telegather/telegram-emulator/client'
import type { DataCentre } from '../src/index.ts'

const EMULATOR = fileURLToPath(new URL('../../telegram-emulator/src/main.ts', import.meta.url))

export interface EmulatorProcess {
  readonly dcs: readonly DataCentre[]
  readonly publicKeyPem: string
  readonly control: EmulatorClient
  /** Suspends the process: its connections stay open, and nothing is answered until `thaw`. */
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

/** Starts an emulator with the demo world in a process of its own, which can be suspended. */
export async function startEmulatorProcess(): Promise<EmulatorProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'telegather-emulator-'))
  const options = ['--port', '0', '--control-port', '0', '--data-dir', directory]
  const child = spawn(process.execPath, [EMULATOR, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const controlUrl = await announcedUrl(createInterface({ input: child.stdout }))
  const [dcs, key] = await Promise.all([fetch(`${controlUrl}/dcs`), fetch(`${controlUrl}/key`)])
  return {
    dcs: (await dcs.json()) as DataCentre[],
    publicKeyPem: await key.text(),
    control: emulatorClient({ controlUrl }),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async close() {
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      await exited
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function announcedUrl(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    const url = /control API +(\S+)/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  throw new Error('the emulator did not start')
}
