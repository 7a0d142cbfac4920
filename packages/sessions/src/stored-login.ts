import { FloodWait, connectTelegram, type Telegram, type SessionAuth } from '@telegather/telegram'
import { FloodWaits } from './flood-waits.ts'
import { LeaseLost, type Lease } from './leases.ts'
import { lossOf } from './login-loss.ts'
import { lockTerm, markLost, noteFloodWait, saveAuth, type SessionRow } from './queries.ts'
import type { Method } from './session-call.ts'
import { SessionNotActive, type Loss } from './session-errors.ts'
import type { SessionOwnerDeps } from './session-owner.ts'

/** The login of a session that this process owns. */
export interface StoredLogin {
  /** Throws SessionNotActive, besides what connecting throws. */
  readonly connect: () => Promise<Telegram>
  /**
   * Keeps with the session what an error of Telegram says of it. Answers the error that the caller is told:
   * SessionNotActive when the login is lost.
   */
  readonly learn: (error: unknown, method?: Method) => Promise<unknown>
  /** Throws FloodWait when Telegram is not to be asked for this yet. */
  readonly mayCall: (method: Method) => void
}

/** The only place where a stored login is decrypted, used, and written back. */
export function createStoredLogin(
  { db, keys, config, log }: SessionOwnerDeps,
  lease: Lease,
  row: SessionRow,
): StoredLogin {
  let stored = row.encryptedAuth
  const floodWaits = new FloodWaits(row.floodWaits)
  const { sessionId } = lease

  async function learn(error: unknown, method?: Method): Promise<unknown> {
    const loss = lossOf(error)
    try {
      if (error instanceof FloodWait && error.ofAccount && method)
        await noteWait(method, error.seconds)
      if (loss) await noteLoss(loss)
    } catch (noting) {
      // What Telegram said is told all the same; the next call will hear it again.
      log.warn({ err: noting, sessionId }, 'session.state_not_noted')
    }
    return loss ? new SessionNotActive(loss, { cause: error }) : error
  }

  async function noteWait(method: Method, seconds: number): Promise<void> {
    floodWaits.begin(method, seconds)
    await noteFloodWait(db, sessionId, { method, seconds })
  }

  async function noteLoss(loss: Loss): Promise<void> {
    log.warn({ sessionId, ...loss }, 'session.login_lost')
    await db.transaction(async (tx) => {
      if (await lockTerm(tx, lease)) await markLost(tx, sessionId, { encryptedAuth: stored, loss })
    })
  }

  async function save(auth: SessionAuth): Promise<void> {
    const to = keys.encrypt(JSON.stringify(auth))
    await db.transaction(async (tx) => {
      if (!(await lockTerm(tx, lease))) throw new LeaseLost()
      if (await saveAuth(tx, sessionId, { from: stored, to })) stored = to
    })
  }

  async function connect(): Promise<Telegram> {
    try {
      return await connectTelegram(config, {
        auth: JSON.parse(keys.decrypt(stored).toString()) as SessionAuth,
        identity: {
          api: { apiId: row.apiId, apiHash: keys.decrypt(row.encryptedApiHash).toString() },
          device: row.device,
        },
        onAuthChanged: save,
        permit: lease,
      })
    } catch (error) {
      throw await learn(error)
    }
  }

  return { connect, learn, mayCall: (method) => floodWaits.check(method) }
}
