import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { identify, stopProcess, type ProcessIdentity } from './process-identity.ts'
import type { StackFile } from './stack-file.ts'

const KEPT_LINES = 40
const FIRST_RESTART_MS = 250
const MAX_RESTART_MS = 30_000
/** A process that ran this long was healthy: its next exit resets the backoff. */
const HEALTHY_AFTER_MS = 10_000
/** After this many exits in a row without being healthy, `hopeless` rejects. */
const HOPELESS_AFTER = 3

/** Stop order: a process stops before the servers that it uses. */
export const STOP_RANKS = { service: 0, nats: 1, emulator: 2, postgres: 3 } as const

export interface ProcessSpec {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  /** Numeric user and group to run as; the caller's own when absent. */
  readonly runAs?: number | undefined
  readonly stopSignal: 'SIGTERM' | 'SIGINT'
  readonly stopTimeoutMs: number
  /** Of `STOP_RANKS`: lower ranks stop first, equal ones at the same time. */
  readonly stopRank: number
  /** A file, for programs that die of a broken pipe; or a callback for each line. */
  readonly output: { readonly file: string } | { readonly onLine: (line: string) => void }
}

export interface Death {
  readonly name: string
  /** `code 1` or `SIGKILL`. */
  readonly cause: string
  readonly restartInMs: number
  /** The last lines of its output, when it is hopeless; otherwise undefined. */
  readonly lastOutput: readonly string[] | undefined
}

export interface Supervised {
  readonly spec: ProcessSpec
  /** The running process, or undefined between a death and the restart. */
  current(): ProcessIdentity | undefined
  /** Rejects when the process exited early several times in a row; never resolves. */
  readonly hopeless: Promise<never>
  stop(): Promise<void>
  kill(): void
}

interface Running {
  readonly child: ChildProcess
  /** Undefined when the command could not be started. */
  readonly identity: ProcessIdentity | undefined
  readonly exited: Promise<unknown>
}

/** A process exited early several times in a row. */
export class ProcessHopeless extends Error {
  override name = 'ProcessHopeless'
}

/** Starts a process in a session of its own, so that Ctrl-C reaches only the stack, and restarts it when it exits. */
export function supervise(
  spec: ProcessSpec,
  stackFile: StackFile,
  onDeath: (death: Death) => void,
): Supervised {
  const { promise: hopeless, reject: giveUp } = Promise.withResolvers<never>()
  // Without this, a rejection that is not awaited yet would end the process.
  hopeless.catch(() => {})
  const recentLines: string[] = []
  let stopping = false
  let running: Running | undefined
  let restart: NodeJS.Timeout | undefined
  let quickDeaths = 0

  const launch = () => {
    const startedAt = performance.now()
    const current = spawnRecorded(spec, stackFile, recentLines)
    running = current
    const ended = (cause: string) => {
      if (running !== current) return
      running = undefined
      if (stopping) return
      quickDeaths = performance.now() - startedAt > HEALTHY_AFTER_MS ? 0 : quickDeaths + 1
      const restartInMs = Math.min(MAX_RESTART_MS, FIRST_RESTART_MS * 2 ** quickDeaths)
      const isHopeless = quickDeaths >= HOPELESS_AFTER
      const lastOutput = isHopeless ? outputTail(spec, recentLines) : undefined
      restart = setTimeout(launch, restartInMs)
      onDeath({ name: spec.name, cause, restartInMs, lastOutput })
      if (isHopeless) giveUp(new ProcessHopeless(`${spec.name} does not start: ${cause}`))
    }
    current.child.once('error', (error) => ended(error.message))
    current.child.once('close', (code, signal) => ended(signal ?? `code ${code}`))
  }
  launch()

  return {
    spec,
    hopeless,
    current: () => running?.identity,
    async stop() {
      stopping = true
      clearTimeout(restart)
      const { identity, exited } = running ?? {}
      if (identity === undefined) return
      await stopProcess(identity, spec.stopSignal, spec.stopTimeoutMs)
      await exited
    },
    kill() {
      stopping = true
      clearTimeout(restart)
      running?.child.kill('SIGKILL')
    },
  }
}

function spawnRecorded(spec: ProcessSpec, stackFile: StackFile, recentLines: string[]): Running {
  const child = spawnProcess(spec, recentLines)
  const identity = child.pid === undefined ? undefined : identify(child.pid)
  if (identity) stackFile.add({ ...identity, name: spec.name, stopSignal: spec.stopSignal })
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      if (identity) stackFile.drop(identity.pid)
      resolve()
    })
  })
  return { child, identity, exited }
}

function spawnProcess(spec: ProcessSpec, recentLines: string[]): ChildProcess {
  const { output } = spec
  const sink = 'file' in output ? openSync(output.file, 'a', 0o600) : 'pipe'
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    env: spec.env,
    detached: true,
    stdio: ['ignore', sink, sink],
    ...(spec.runAs === undefined ? {} : { uid: spec.runAs, gid: spec.runAs }),
  })
  if (typeof sink === 'number') closeSync(sink)
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (line) => {
      recentLines.push(line)
      if (recentLines.length > KEPT_LINES) recentLines.shift()
      if ('onLine' in output) output.onLine(line)
    })
  }
  return child
}

function outputTail(spec: ProcessSpec, recentLines: readonly string[]): readonly string[] {
  if (!('file' in spec.output)) return [...recentLines]
  return readFileSync(spec.output.file, 'utf8').trimEnd().split('\n').slice(-KEPT_LINES)
}
