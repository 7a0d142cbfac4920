import { setTimeout as delay } from 'node:timers/promises'
import type postgres from 'postgres'
import type { ServiceProcess } from './service-process.ts'

/** Interval of calls to each gateway, independent of the responses of earlier calls. */
const CALL_EVERY_MS = 250
const CALL_TIMEOUT_MS = 20_000
const ANSWER_WITHIN_MS = 120_000
const SOURCES = 3

export interface Calls {
  answered: number
  /** Calls answered with 503 and Retry-After. */
  refused: number
  /** Any other error responses; no fault may cause them. */
  readonly wrong: string[]
  /** Calls without a response: the gateway was killed, or frozen for longer than the timeout of a call. */
  broken: number
}

/** Continuous calls of a session's channel list at every gateway. */
export interface Load {
  readonly calls: Readonly<Calls>
  /** Milliseconds until a call that begins from now on is answered with success. Throws after two minutes. */
  readonly nextAnswer: () => Promise<number>
  readonly stop: () => Promise<void>
}

export function startCalls(gateways: readonly ServiceProcess[], sessionId: number): Load {
  const calls: Calls = { answered: 0, refused: 0, wrong: [], broken: 0 }
  const stopping = new AbortController()
  let newestAnswered = 0

  async function callOne({ url }: ServiceProcess): Promise<void> {
    const begunAt = performance.now()
    try {
      const response = await fetch(`${url}/sessions/${sessionId}/channels`, {
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      })
      const body = await response.text()
      if (response.ok) calls.answered++
      else if (response.status === 503 && response.headers.has('retry-after')) calls.refused++
      else calls.wrong.push(`${response.status} ${body}`)
      if (response.ok) newestAnswered = Math.max(newestAnswered, begunAt)
    } catch {
      calls.broken++
    }
  }

  async function callRepeatedly(gateway: ServiceProcess): Promise<void> {
    const running = new Set<Promise<void>>()
    while (!stopping.signal.aborted) {
      const call = callOne(gateway).finally(() => running.delete(call))
      running.add(call)
      await delay(CALL_EVERY_MS)
    }
    await Promise.all(running)
  }

  const callers = gateways.map(callRepeatedly)
  return {
    calls,
    async nextAnswer() {
      const from = performance.now()
      for (;;) {
        if (newestAnswered >= from) return Math.round(performance.now() - from)
        if (performance.now() > from + ANSWER_WITHIN_MS)
          throw new Error(`No call was answered for ${ANSWER_WITHIN_MS} ms`)
        await delay(20)
      }
    },
    async stop() {
      stopping.abort()
      await Promise.all(callers)
    },
  }
}

/** Keeps the scrapers busy: adds three sources and runs them repeatedly, each time from the channel's first message. */
export async function startRuns(
  sql: postgres.Sql,
  source: { readonly sessionId: number; readonly username: string },
): Promise<{ stop: () => Promise<void> }> {
  const stopping = new AbortController()
  for (let number = 1; number <= SOURCES; number++)
    await addSource(sql, { ...source, name: `Load ${number}` })

  async function runRepeatedly(): Promise<void> {
    while (!stopping.signal.aborted) {
      // Fails during an outage of Postgres.
      await runFromBeginning(sql).catch(() => {})
      await delay(200)
    }
  }

  const running = runRepeatedly()
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

async function runFromBeginning(sql: postgres.Sql): Promise<void> {
  await sql`
    with again as (
      update sources set last_message_id = 0
      where not exists (
        select from runs where source_id = sources.id and state in ('PENDING', 'RUNNING', 'WAITING', 'RETRYING'))
      returning id)
    insert into runs (id, source_id, trigger)
    select gen_random_uuid(), id, 'manual' from again`
}

/** Inserts a source without a run; returns its id. */
export async function addSource(
  sql: postgres.Sql,
  source: { readonly name: string; readonly sessionId: number; readonly username: string },
): Promise<number> {
  const [row] = await sql<{ id: number }[]>`
    insert into sources (owner_kind, name, identifier, channel_title, access_level, target, session_id)
    values ('operator', ${source.name}, ${`@${source.username}`}, 'Channel', 'public', 'LOCAL', ${source.sessionId})
    returning id`
  if (!row) throw new Error('no source')
  return row.id
}
