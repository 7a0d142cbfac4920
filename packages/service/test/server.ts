import { createHttp, createLog, listen, type App, type HttpOptions } from '../src/index.ts'

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string }

export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly app: App
  /** Its abort makes `/ready` answer that the service is stopping. */
  readonly stopping: AbortController
  /** Log lines with this message. */
  logged(message: string): LogLine[]
  /** All log lines. */
  readonly output: string[]
}

/** Starts a server with `routes` on a free port. */
export async function startServer(
  routes: (app: App) => void = () => {},
  options: Partial<HttpOptions> = {},
): Promise<TestServer> {
  const output: string[] = []
  const log = createLog({ name: 'test', level: 'debug' }, { write: (line) => output.push(line) })
  const stopping = new AbortController()
  const app = createHttp({ name: 'test', log, ready: {}, signal: stopping.signal, ...options })
  routes(app)
  const url = await listen(app, { host: '127.0.0.1', port: 0 })
  return {
    url,
    app,
    stopping,
    output,
    logged: (message) =>
      output.map((line): LogLine => JSON.parse(line)).filter(({ msg }) => msg === message),
    [Symbol.asyncDispose]: () => app.close(),
  }
}
