import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('processes/call-server.ts', import.meta.url))

export interface CallServerProcess {
  /** The methods that it carried out. */
  readonly calls: readonly string[]
  freeze(): void
  thaw(): void
  /** By SIGKILL. */
  kill(): Promise<void>
}

/** A server of calls that can be stopped in the middle of everything. */
export async function startCallServer(url: string, subject: string): Promise<CallServerProcess> {
  const child = spawn(process.execPath, [SERVER, url, subject], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const calls: string[] = []
  const ready = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'ready') ready.resolve()
    else calls.push(line)
  })
  await ready.promise
  return {
    calls,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
