import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../stack/servers/ports.ts'

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))

const READY_WITHIN_MS = 60_000
const HOPELESS_AFTER = 3
const KEPT_LINES = 20

export interface Fighter {
  readonly app: 'auth-gateway' | 'scraper'
  /** From which it calls Telegram. */
  readonly address: string
  readonly url: string
  /** To the process that runs now; a dead one is replaced at once. */
  readonly send: (signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT') => void
  /** Kills the process that runs now; resolves when it is dead. */
  readonly kill: () => Promise<void>
  /** How often it ended without having been sent a signal. */
  readonly failures: () => number
  readonly stop: () => Promise<void>
}

/**
 * A service that is started again whenever it ends, always on the same port and from the same address. `nodeArguments`
 * come before its program.
 */
export async function startFighter(
  app: Fighter['app'],
  address: string,
  env: NodeJS.ProcessEnv,
  nodeArguments: readonly string[] = [],
): Promise<Fighter> {
  const port = await freePort(0)
  let stopping = false
  let failures = 0
  const toEnd = new WeakSet<ChildProcess>()
  let running = launch()

  function launch(): ChildProcess {
    const child = spawn(process.execPath, [...nodeArguments, `apps/${app}/src/main.ts`], {
      cwd: CHECKOUT,
      env: { ...env, PORT: String(port), EGRESS_ADDRESS: address },
      // By the channel it learns that we have died, and ends.
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    const log: string[] = []
    if (!child.stdout) throw new Error('a pipe was asked for')
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('http.failed')) process.stderr.write(`${app}: ${line}\n`)
      log.push(line)
      if (log.length > KEPT_LINES) log.shift()
    })
    child.once('close', () => {
      if (!toEnd.has(child)) {
        failures++
        process.stderr.write(`${app} ended by itself:\n${log.join('\n')}\n`)
      }
      if (!stopping) running = launch()
    })
    return child
  }

  function send(signal: NodeJS.Signals): void {
    if (signal === 'SIGKILL' || signal === 'SIGTERM') toEnd.add(running)
    running.kill(signal)
  }

  return {
    app,
    address,
    url: `http://127.0.0.1:${port}`,
    send,
    async kill() {
      const dying = running
      send('SIGKILL')
      if (dying.exitCode === null && dying.signalCode === null) await once(dying, 'exit')
    },
    failures: () => failures,
    async stop() {
      stopping = true
      send('SIGCONT')
      send('SIGTERM')
      if (running.exitCode === null && running.signalCode === null) await once(running, 'exit')
    },
  }
}

/** Waits until every one of them serves. */
export async function untilServing(fighters: readonly Fighter[]): Promise<void> {
  await Promise.all(
    fighters.map(async ({ app, url, failures }) => {
      const giveUpAt = performance.now() + READY_WITHIN_MS
      while (performance.now() < giveUpAt && failures() < HOPELESS_AFTER) {
        const response = await fetch(`${url}/health`).catch(() => null)
        if (response?.ok) return
        await delay(100)
      }
      throw new Error(`${app} at ${url} does not start`)
    }),
  )
}
