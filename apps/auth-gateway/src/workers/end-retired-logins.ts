import { sleep, type Logger } from '@telegather/service'
import { abandonSignIn, type PendingLogin } from '@telegather/telegram'
import type { LoginDeps } from '../login/deps.ts'
import { claimRetiredLogin, deleteRetiredLogin } from '../retired-logins/queries.ts'

/** Longer than Telegram keeps the connection of a worker that has died. */
const HOLD_MS = 60_000

interface RetireDeps extends LoginDeps {
  readonly log: Logger
}

/** Signs out the logins that new ones have replaced, once nobody is connected with them, until `signal` is aborted. */
export async function endRetiredLogins(
  deps: RetireDeps,
  { intervalMs, signal }: { intervalMs: number; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    try {
      while (!signal.aborted && (await endOne(deps)));
    } catch (error) {
      deps.log.warn({ err: error }, 'login.sign_out_failed')
    }
    await sleep(intervalMs, signal)
  }
}

/** False when there is none. One that Telegram cannot be told of is tried again later. */
async function endOne({ db, keys, telegram, log }: RetireDeps): Promise<boolean> {
  const retired = await claimRetiredLogin(db, HOLD_MS)
  if (!retired) return false
  if (retired.encryptedLogin !== null) {
    const login = JSON.parse(keys.decrypt(retired.encryptedLogin).toString()) as PendingLogin
    await abandonSignIn(telegram, login)
    log.info('login.replaced_one_signed_out')
  }
  await deleteRetiredLogin(db, retired.authKeyId)
  return true
}
