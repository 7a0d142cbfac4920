import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { stopProcess, type ProcessIdentity } from './process-identity.ts'

const LEFTOVER_STOP_MS = 8_000

const identitySchema = z.object({ pid: z.number(), startedAt: z.string() })

const processSchema = identitySchema.extend({
  name: z.string(),
  stopSignal: z.enum(['SIGTERM', 'SIGINT']),
})

const stackSchema = z.object({
  ready: z.boolean(),
  owner: identitySchema,
  urls: z.record(z.string(), z.string()),
  ports: z.record(z.string(), z.number()),
  processes: z.array(processSchema),
})

type ProcessRecord = z.infer<typeof processSchema>

/** Processes, ports and URLs of a stack, for people, tools, and the cleanup after a `kill -9`. */
export type StackState = z.infer<typeof stackSchema>

export interface StackFile {
  readonly path: string
  readonly state: StackState
  /** Call right after the spawn, in the same tick: an unrecorded process cannot be cleaned up. */
  add(record: ProcessRecord): void
  drop(pid: number): void
  set(part: Partial<Pick<StackState, 'ready' | 'urls' | 'ports'>>): void
  remove(): void
}

/** Writes every change of the state to `path` (mode 0600), atomically. */
export function openStackFile(path: string, owner: ProcessIdentity): StackFile {
  let state: StackState = { ready: false, owner, urls: {}, ports: {}, processes: [] }
  const change = (part: Partial<StackState>) => {
    state = { ...state, ...part }
    writeFileSync(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  return {
    path,
    get state() {
      return state
    },
    add: (record) => change({ processes: [...state.processes, record] }),
    drop: (pid) => change({ processes: state.processes.filter((one) => one.pid !== pid) }),
    set: change,
    remove: () => rmSync(path, { force: true }),
  }
}

/** The file of a running or killed stack; undefined when there is none or it is not readable as one. */
export function readStackFile(path: string): StackState | undefined {
  try {
    return stackSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}

/** Stops the remaining processes of a killed stack, after checking their identities. Takes at most about 16 s. */
export async function stopLeftovers(state: StackState): Promise<void> {
  await Promise.all(
    state.processes.map((record) => stopProcess(record, record.stopSignal, LEFTOVER_STOP_MS)),
  )
}
