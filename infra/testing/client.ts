import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'

const Session = z.object({ id: z.int(), session_name: z.string(), phone_number: z.string() })
const Channel = z.object({
  id_str: z.string(),
  username: z.string().nullable(),
  title: z.string(),
  is_private: z.boolean(),
})
const Source = z.object({ id: z.int(), session_ref: z.int().nullable() })
const Run = z.object({
  id: z.uuid(),
  state: z.string(),
  messages_stored: z.int(),
  files_stored: z.int(),
  files_failed: z.int(),
  error: z.string().nullable(),
})

export type Channel = z.infer<typeof Channel>
export type Run = z.infer<typeof Run>

const FINISHED = ['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED']

/** An API client written from the API documents alone. Throws on any unexpected HTTP status. */
export class Client {
  readonly #api: string
  constructor(api: string) {
    this.#api = api
  }

  /** Logs an account in by code, and by the two-step password if the API requires it. */
  async logIn(account: { phone: string; code: string; password?: string }, sessionName: string) {
    const { temp_session_id } = await this.#call(
      'POST',
      '/sessions/send-otp',
      z.object({ temp_session_id: z.uuid() }),
      {
        phone_number: account.phone,
        session_name: sessionName,
      },
    )
    const verified = z.object({ requires_password: z.boolean() })
    const step = { temp_session_id, code: account.code }
    const { requires_password } = await this.#call('POST', '/sessions/verify-otp', verified, step)
    if (requires_password)
      await this.#call('POST', '/sessions/verify-otp', verified, {
        ...step,
        password: account.password,
      })
    return this.#call('POST', '/sessions/finalize', Session, { temp_session_id })
  }

  async channels(sessionId: number): Promise<Channel[]> {
    return this.#call('GET', `/sessions/${sessionId}/channels`, z.array(Channel))
  }

  async createSource(source: Record<string, unknown>) {
    return this.#call('POST', '/sources/', Source, source)
  }

  async trigger(sourceId: number): Promise<Run> {
    return this.#call('POST', `/sources/${sourceId}/trigger`, Run, {}, 202)
  }

  /** Polls the source's newest run until it has ended. Throws after `withinMs`. */
  async finishedRun(sourceId: number, withinMs: number): Promise<Run> {
    const runs = z.object({ items: z.array(Run) })
    for (const end = Date.now() + withinMs; ;) {
      const { items } = await this.#call('GET', `/sources/${sourceId}/runs`, runs)
      const [run] = items
      if (run && FINISHED.includes(run.state)) return run
      if (Date.now() > end)
        throw new Error(`The run has not ended within ${withinMs} ms: ${JSON.stringify(run)}`)
      await delay(200)
    }
  }

  /** Exports a source's archive as one file. */
  async exported(sourceId: number, format: string): Promise<string> {
    const response = await fetch(`${this.#api}/sources/${sourceId}/export?format=${format}`)
    if (response.status !== 200) throw new Error(`export: ${response.status}`)
    return response.text()
  }

  async #call<Answer>(
    method: string,
    path: string,
    answer: z.ZodType<Answer>,
    ...[body, status = 200]: [body?: unknown, status?: number]
  ): Promise<Answer> {
    const response = await fetch(this.#api + path, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (response.status !== status) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return answer.parse(JSON.parse(text))
  }
}
