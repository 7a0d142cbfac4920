import { ownerOf, recordAudit, type Tx } from '@telegather/db'
import { sleep, type Logger } from '@telegather/service'
import type { AccountDeps } from '../deps.ts'
import { endLogin } from '../login/end-login.ts'
import {
  deleteExpiredRateLimits,
  deleteTempSession,
  lockExpiredTempSession,
  selectExpiredTempSessions,
  type TempSessionRow,
} from '../login/queries.ts'
import { unsealLogin } from '../login/sealed-login.ts'

const BATCH = 100

/** Expired logins that cannot be ended at Telegram are retried for this long, and then deleted. */
const GIVE_UP_AFTER_MS = 24 * 60 * 60_000

interface SweepDeps extends AccountDeps {
  readonly log: Logger
}

/** Ends expired logins at Telegram and deletes them, every `intervalMs` until `signal` aborts. */
export async function sweepTempSessions(
  deps: SweepDeps,
  { intervalMs, signal }: { intervalMs: number; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const id of await selectExpiredTempSessions(deps.db, BATCH)) {
        if (signal.aborted) return
        await deps.stepDb
          .transaction((tx) => sweepOne(deps, tx, id))
          .catch((error: unknown) =>
            deps.log.warn({ err: error, tempSessionId: id }, 'login.sweep_failed'),
          )
      }
      await deleteExpiredRateLimits(deps.db)
    } catch (error) {
      deps.log.warn({ err: error }, 'login.sweep_failed')
    }
    await sleep(intervalMs, signal)
  }
}

async function sweepOne(deps: SweepDeps, tx: Tx, id: string): Promise<void> {
  const row = await lockExpiredTempSession(tx, id)
  if (!row || !(await isEnded(deps, row))) return
  await deleteTempSession(tx, id)
  const actor = { keyId: null, owner: ownerOf(row) }
  await recordAudit(tx, actor, {
    action: 'login.expired',
    objectId: id,
    details: { session_name: row.sessionName },
  })
  deps.log.info({ tempSessionId: id, step: row.step }, 'login.expired')
}

async function isEnded({ keys, telegram, log }: SweepDeps, row: TempSessionRow): Promise<boolean> {
  try {
    await endLogin(telegram, unsealLogin(keys, row.encryptedLogin))
    return true
  } catch (error) {
    log.warn({ err: error, tempSessionId: row.id, step: row.step }, 'login.sweep_failed')
    return Date.now() - row.expiresAt.getTime() > GIVE_UP_AFTER_MS
  }
}
