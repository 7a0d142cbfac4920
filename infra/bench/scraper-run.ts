import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import type { Performance } from './contestants/contest.ts'
import { call } from './json-calls.ts'
import { processorSeconds } from './processor-seconds.ts'
import type { RunningStack } from '../testing/running-stack.ts'

/** Logs in the account whose session the runs use. */
export async function createSession(
  { api }: RunningStack,
  account: { phone: string; code: string },
  name = 'bench',
) {
  const sent = await call<{ temp_session_id: string }>('POST', `${api}/sessions/send-otp`, {
    phone_number: account.phone,
    session_name: name,
  })
  const { temp_session_id } = sent
  await call('POST', `${api}/sessions/verify-otp`, { temp_session_id, code: account.code })
  return await call<{ id: number }>('POST', `${api}/sessions/finalize`, { temp_session_id })
}

/** The counter of a run that is measured. */
type Counter = 'messages_stored' | 'files_stored' | 'bytes_stored'

/** Measures the first run of a source by the scraper, from `started_at` to `finished_at` of the run's row. */
export async function runScraper(
  stack: RunningStack,
  sessionId: number,
  { channel, counter }: { readonly channel: string; readonly counter: Counter },
): Promise<Performance> {
  const cpuBefore = await processorSeconds(stack.scraperPid)
  const source = await call<{ id: number }>('POST', `${stack.api}/sources`, {
    name: 'bench',
    identifier: channel,
    channel_title: channel,
    access_level: 'private',
    target: 'LOCAL',
    session_ref: sessionId,
  })
  const sql = postgres(stack.databaseUrl, { max: 1, onnotice: () => undefined })
  try {
    for (;;) {
      const [run] = await sql<{ state: string; seconds: number; stored: number; error: string }[]>`
        select state, ${sql(counter)}::float8 as stored, error,
          extract(epoch from finished_at - started_at)::float8 as seconds
        from runs where source_id = ${source.id} and finished_at is not null`
      if (run === undefined) {
        await delay(100)
        continue
      }
      if (run.state !== 'COMPLETED') throw new Error(`the run is ${run.state}: ${run.error}`)
      return {
        seconds: run.seconds,
        cpuSeconds: (await processorSeconds(stack.scraperPid)) - cpuBefore,
        peakMebibytes: await peakMebibytes(stack.scraperPid),
        amount: run.stored,
      }
    }
  } finally {
    await call('DELETE', `${stack.api}/sources/${source.id}?archive=delete`)
    // The archive is removed in the background; what is measured next must not share the machine with that.
    while ((await sql`select from sources where id = ${source.id}`).length > 0) await delay(250)
    await sql.end()
  }
}

async function peakMebibytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kibibytes = /^Vm(?:HWM|RSS):\s+(\d+)/m.exec(status)?.[1] ?? '0'
  return Number(kibibytes) / 1024
}
