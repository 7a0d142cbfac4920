import { InvalidToken, type KeyRing } from '@telegather/secrets'
import { sleep, type Logger } from '@telegather/service'
import { abandonSignIn, type PendingLogin } from '@telegather/telegram'
import type { AccountDeps } from '../deps.ts'
import { claimRetiredLogin, deleteRetiredLogin } from '../retired-logins/queries.ts'

/** Longer than Telegram keeps the connection of a worker that has died. */
const HOLD_MS = 60_000

interface RetireDeps extends AccountDeps {
  readonly log: Logger
}

/** Signs out retired logins, once no process can be connected with them, until `signal` is aborted. */
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

/** False when none is due. One that could not be signed out is tried again after `HOLD_MS`; the next one goes on. */
async function endOne(deps: RetireDeps): Promise<boolean> {
  const retired = await claimRetiredLogin(deps.db, HOLD_MS)
  if (!retired) return false
  try {
    await signOut(deps, retired)
  } catch (error) {
    deps.log.warn({ err: error, authKeyId: String(retired.authKeyId) }, 'login.sign_out_failed')
  }
  return true
}

async function signOut(
  { db, keys, telegram, log }: RetireDeps,
  { authKeyId, encryptedLogin }: NonNullable<Awaited<ReturnType<typeof claimRetiredLogin>>>,
): Promise<void> {
  if (encryptedLogin !== null) {
    const login = openLogin(keys, encryptedLogin)
    if (login instanceof InvalidToken) {
      // Its encryption key is gone for good: no later try can sign it out, and its import must not wait for one.
      log.error({ err: login, authKeyId: String(authKeyId) }, 'login.sign_out_impossible')
    } else {
      await abandonSignIn(telegram, login)
      log.info('login.replaced_one_signed_out')
    }
  }
  await deleteRetiredLogin(db, authKeyId)
}

function openLogin(keys: KeyRing, encrypted: string): PendingLogin | InvalidToken {
  try {
    return JSON.parse(keys.decrypt(encrypted).toString()) as PendingLogin
  } catch (error) {
    if (error instanceof InvalidToken) return error
    throw error
  }
}
