import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import { systemPath } from '../config.ts'
import { stopProcess } from '../processes/process-identity.ts'
import { readStackFile, stopLeftovers, type StackState } from '../processes/stack-file.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))

/** A data directory. When the test ends, processes that still run on it are stopped and it is removed. */
export async function createDataDir(): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'telegather-stack-')))
  onTestFinished(async () => {
    const left = readStackFile(join(directory, 'stack.json'))
    if (left !== undefined) {
      await stopProcess(left.owner, 'SIGTERM', 20_000)
      await stopLeftovers(left)
    }
    rmSync(directory, { recursive: true, force: true })
  })
  return directory
}

export interface StackProcess {
  readonly output: () => string
  /** Resolves with the exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>
  /** The state of the stack once it is ready. Throws when the stack has ended. */
  ready(): Promise<StackState>
  signal(signal: NodeJS.Signals): void
}

/** Starts the same as `npm start`, on free ports unless `env` sets them. */
export function startStackProcess(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): StackProcess {
  const ports = { PORT: '0', EMULATOR_PORT: '0', EMULATOR_CONTROL_PORT: '0' }
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: systemPath(), ...ports, DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const exited = once(child, 'close').then(
    ([code, signal]: (number | string | null)[]) => code ?? signal ?? 'unknown',
  )
  return {
    output: () => output,
    exited,
    async ready() {
      const state = await vi.waitUntil(
        () => {
          if (child.exitCode !== null) return 'ended'
          const state = readStackFile(join(dataDir, 'stack.json'))
          return state?.ready && state.owner.pid === child.pid ? state : undefined
        },
        { timeout: 60_000, interval: 50 },
      )
      if (state === 'ended') throw new Error(`The stack has ended:\n${output}`)
      return state
    },
    signal: (signal) => child.kill(signal),
  }
}
