import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../stack/servers/ports.ts'

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url))

const READY_WITHIN_MS = 60_000
const MAX_START_FAILURES = 3
const KEPT_LINES = 20

export interface ServiceProcess {
  readonly app: 'auth-gateway' | 'scraper'
  /** Local address of its connections to Telegram. */
  readonly address: string
  readonly url: string
  /** Sends a signal to the current process. A process that ends is replaced at once. */
  readonly send: (signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT') => void
  /** Kills the current process; resolves when it has exited. */
  readonly kill: () => Promise<void>
  /** Number of exits that were not caused by SIGKILL or SIGTERM of `send`. */
  readonly failures: () => number
  readonly stop: () => Promise<void>
}

/**
 * Starts a service and restarts it whenever it exits, with the same port and the same local address. `nodeArguments` are
 * options of Node, such as `--import`.
 */
export async function startService(
  app: ServiceProcess['app'],
  address: string,
  env: NodeJS.ProcessEnv,
  nodeArguments: readonly string[] = [],
): Promise<ServiceProcess> {
  const port = await freePort(0)
  let stopping = false
  let failures = 0
  const terminated = new WeakSet<ChildProcess>()
  let running = launch()

  function launch(): ChildProcess {
    const child = spawn(process.execPath, [...nodeArguments, `apps/${app}/src/main.ts`], {
      cwd: CHECKOUT,
      env: { ...env, PORT: String(port), EGRESS_ADDRESS: address },
      // The IPC channel disconnects when the test process dies; then the service stops.
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    const log: string[] = []
    if (!child.stdout) throw new Error('stdout is not a pipe')
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('http.failed')) process.stderr.write(`${app}: ${line}\n`)
      log.push(line)
      if (log.length > KEPT_LINES) log.shift()
    })
    child.once('close', () => {
      if (!terminated.has(child)) {
        failures++
        process.stderr.write(`${app} exited unexpectedly:\n${log.join('\n')}\n`)
      }
      if (!stopping) running = launch()
    })
    return child
  }

  function send(signal: NodeJS.Signals): void {
    if (signal === 'SIGKILL' || signal === 'SIGTERM') terminated.add(running)
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

/** Waits until all services answer `/health`. Throws after 60 s or three failures of a service. */
export async function untilServing(services: readonly ServiceProcess[]): Promise<void> {
  await Promise.all(
    services.map(async ({ app, url, failures }) => {
      const giveUpAt = performance.now() + READY_WITHIN_MS
      while (performance.now() < giveUpAt && failures() < MAX_START_FAILURES) {
        const response = await fetch(`${url}/health`).catch(() => null)
        if (response?.ok) return
        await delay(100)
      }
      throw new Error(`${app} at ${url} does not start`)
    }),
  )
}
