import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { EmulatorPorts } from './choose-ports.ts'
import type { TelegramAccess } from '../services.ts'
import { STOP_RANKS, type ProcessSpec } from '../processes/supervise.ts'

const STOP_TIMEOUT_MS = 5_000

/** The emulator accepts any api_id and api_hash. */
const CREDENTIALS = { apiId: '1', apiHash: '00000000000000000000000000000000' }

const dcsSchema = z.array(z.object({ id: z.number(), ip: z.string(), port: z.number() })).min(1)

/** The emulator with its demo world, which it persists in `directory`. */
export function emulatorProcess(
  root: string,
  directory: string,
  ports: EmulatorPorts,
): ProcessSpec {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const logFile = join(directory, 'emulator.log')
  writeFileSync(logFile, '', { mode: 0o600 })
  const options = { port: ports.port, 'control-port': ports.controlPort, 'data-dir': directory }
  return {
    name: 'emulator',
    command: process.execPath,
    args: [
      join(root, 'packages/telegram-emulator/src/main.ts'),
      ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ],
    // The same flags as for the services.
    env: { NODE_COMPILE_CACHE: join(directory, 'compile-cache') },
    cwd: root,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    stopRank: STOP_RANKS.emulator,
    output: { file: logFile },
  }
}

/** Access to a running emulator; undefined while its control API does not answer. */
export async function readEmulatorAccess(controlPort: number): Promise<TelegramAccess | undefined> {
  try {
    const [key, dcs] = await Promise.all([
      read(controlPort, '/key').then((response) => response.text()),
      read(controlPort, '/dcs').then((response) => response.json()),
    ])
    const dataCentres = { publicKey: key, dcs: JSON.stringify(dcsSchema.parse(dcs)) }
    return { ...CREDENTIALS, dataCentres }
  } catch (error) {
    // fetch reports a refused connection as a TypeError.
    if (error instanceof TypeError) return undefined
    throw error
  }
}

async function read(controlPort: number, path: string): Promise<Response> {
  const response = await fetch(`http://127.0.0.1:${controlPort}${path}`)
  if (!response.ok) throw new Error(`The emulator answered GET ${path} with ${response.status}`)
  return response
}
