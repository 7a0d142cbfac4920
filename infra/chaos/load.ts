import { setTimeout as delay } from 'node:timers/promises'
import type postgres from 'postgres'
import type { Fighter } from './fighting-services.ts'

/** At each gateway, whether the calls before were answered or not. */
const CALL_EVERY_MS = 250
const CALL_TIMEOUT_MS = 20_000
const ANSWER_WITHIN_MS = 120_000
const SOURCES = 3

export interface Calls {
  answered: number
  /** With 503. */
  refused: number
  /** With anything else, which nothing here may cause: what was answered. */
  readonly wrong: string[]
  /** Not at all: the gateway was killed, or frozen for longer than the caller waits. */
  broken: number
}

/** Callers that list the session's channels at every gateway without end. */
export interface Load {
  readonly calls: Readonly<Calls>
  /** Milliseconds until a call that begins now or later is answered. Throws after two minutes without. */
  readonly nextAnswer: () => Promise<number>
  readonly stop: () => Promise<void>
}

export function callWithoutEnd(gateways: readonly Fighter[], sessionId: number): Load {
  const calls: Calls = { answered: 0, refused: 0, wrong: [], broken: 0 }
  const over = new AbortController()
  let newestAnswered = 0

  async function callOne({ url }: Fighter): Promise<void> {
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

  async function callAgainAndAgain(gateway: Fighter): Promise<void> {
    const underWay = new Set<Promise<void>>()
    while (!over.signal.aborted) {
      const call = callOne(gateway).finally(() => underWay.delete(call))
      underWay.add(call)
      await delay(CALL_EVERY_MS)
    }
    await Promise.all(underWay)
  }

  const callers = gateways.map(callAgainAndAgain)
  return {
    calls,
    async nextAnswer() {
      const from = performance.now()
      for (;;) {
        if (newestAnswered >= from) return Math.round(performance.now() - from)
        if (performance.now() > from + ANSWER_WITHIN_MS)
          throw new Error(`no call was answered for ${ANSWER_WITHIN_MS} ms`)
        await delay(20)
      }
    },
    async stop() {
      over.abort()
      await Promise.all(callers)
    },
  }
}

/** Keeps the scrapers busy: for each of some sources one run after the other, each from the channel's beginning. */
export async function runWithoutEnd(
  sql: postgres.Sql,
  source: { readonly sessionId: number; readonly username: string },
): Promise<{ stop: () => Promise<void> }> {
  const over = new AbortController()
  for (let number = 1; number <= SOURCES; number++)
    await addSource(sql, { ...source, name: `Fought over ${number}` })

  async function runAgainAndAgain(): Promise<void> {
    while (!over.signal.aborted) {
      // Postgres may be away.
      await runFromBeginning(sql).catch(() => {})
      await delay(200)
    }
  }

  const running = runAgainAndAgain()
  return {
    async stop() {
      over.abort()
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

/** A source without a run; answers its id. */
export async function addSource(
  sql: postgres.Sql,
  source: { readonly name: string; readonly sessionId: number; readonly username: string },
): Promise<number> {
  const [row] = await sql<{ id: number }[]>`
    insert into sources (owner_kind, name, identifier, channel_title, access_level, target, session_id)
    values ('operator', ${source.name}, ${`@${source.username}`}, 'Fought over', 'public', 'LOCAL', ${source.sessionId})
    returning id`
  if (!row) throw new Error('no source')
  return row.id
}
