import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { STOP_RANKS, type ProcessSpec } from '../processes/supervise.ts'

const STOP_TIMEOUT_MS = 5_000
const PROBE_TIMEOUT_MS = 1_000

/**
 * nats-server with JetStream on loopback, with flags that 2.9 supports. The sync interval stays at its default: Postgres
 * is the source of truth, and a lost message is published again.
 */
export function natsProcess(binary: string, directory: string, port: number): ProcessSpec {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const logFile = join(directory, 'server.log')
  writeFileSync(logFile, '', { mode: 0o600 })
  return {
    name: 'nats',
    command: binary,
    args: ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', directory],
    env: {},
    cwd: '/',
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    stopRank: STOP_RANKS.nats,
    output: { file: logFile },
  }
}

/** Whether a NATS server with JetStream greets on this port. */
export function isNatsReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: PROBE_TIMEOUT_MS })
    const answer = (ready: boolean) => {
      socket.destroy()
      resolve(ready)
    }
    socket.setEncoding('utf8')
    socket.once('data', (greeting) => answer(/^INFO .*"jetstream":\s*true/.test(String(greeting))))
    socket.once('error', () => answer(false))
    socket.once('timeout', () => answer(false))
    socket.once('end', () => answer(false))
  })
}
