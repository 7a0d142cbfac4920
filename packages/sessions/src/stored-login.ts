import {
  FloodWait,
  METHODS,
  connectTelegram,
  type MethodName,
  type Telegram,
  type SessionAuth,
} from '@telegather/telegram'
import { FloodWaits } from './flood-waits.ts'
import { LeaseLost, type Lease } from './lease.ts'
import { lossOf } from './login-loss.ts'
import { lockTerm, markLost, noteFloodWait, saveAuth, type SessionRow } from './queries.ts'
import { SessionNotActive, type Loss } from './session-errors.ts'
import type { HolderDeps } from './holder.ts'

/** The stored login of a session whose lease this process holds. */
export interface StoredLogin {
  /** Throws SessionNotActive when the login is lost, and the errors of `connectTelegram`. */
  readonly connect: () => Promise<Telegram>
  /**
   * Stores the flood wait or the lost login that an error of Telegram reports. Returns the error for the caller:
   * SessionNotActive when the login is lost, otherwise the given error.
   */
  readonly learn: (error: unknown) => Promise<unknown>
  /** Throws FloodWait while a flood wait of one of the method's TL methods lasts. */
  readonly mayCall: (method: MethodName) => void
}

/** Decrypts a session's login, connects with it, and stores its changes under the lease. */
export function createStoredLogin(
  { db, keys, config, log }: HolderDeps,
  lease: Lease,
  row: SessionRow,
): StoredLogin {
  let stored = row.encryptedAuth
  const floodWaits = new FloodWaits(row.floodWaits)
  const { sessionId } = lease

  async function learn(error: unknown): Promise<unknown> {
    const loss = lossOf(error)
    try {
      if (error instanceof FloodWait && error.ofAccount && error.method !== null)
        await noteWait(error.method, error.seconds)
      if (loss) await noteLoss(loss)
    } catch (noting) {
      // The caller gets Telegram's error in any case. The next call meets the same error, which is then stored.
      log.warn({ err: noting, sessionId }, 'session.state_not_noted')
    }
    return loss ? new SessionNotActive(loss, { cause: error }) : error
  }

  async function noteWait(method: string, seconds: number): Promise<void> {
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

  function mayCall(method: MethodName): void {
    for (const name of METHODS[method].tl) floodWaits.check(name)
  }

  return { connect, learn, mayCall }
}
