import { InvalidToken, type KeyRing } from '@telegather/secrets'
import { sleep, type Logger } from '@telegather/service'
import { abandonSignIn, type PendingLogin } from '@telegather/telegram'
import type { AccountDeps } from '../deps.ts'
import {
  claimRetiredLogin,
  deleteRetiredLogin,
  type ClaimedLogin,
} from '../retired-logins/queries.ts'

/** Duration of a claim; longer than Telegram keeps the connection of a dead worker. */
const CLAIM_MS = 60_000

interface RetireDeps extends AccountDeps {
  readonly log: Logger
}

/** Signs out retired logins that no process can be connected with, every `intervalMs` until `signal` aborts. */
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

/** Signs out one retired login. False when none is due. A failed sign-out is retried after `CLAIM_MS`. */
async function endOne(deps: RetireDeps): Promise<boolean> {
  const retired = await claimRetiredLogin(deps.db, CLAIM_MS)
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
  retired: ClaimedLogin,
): Promise<void> {
  const { authKeyId, encryptedLogin } = retired
  if (encryptedLogin !== null) {
    const login = openLogin(keys, encryptedLogin)
    if (login instanceof InvalidToken) {
      // The encryption key was removed, so no later try can succeed. The row is deleted to allow an import of the login.
      log.error({ err: login, authKeyId: String(authKeyId) }, 'login.sign_out_impossible')
    } else {
      await abandonSignIn(telegram, login)
      log.info('login.replaced_one_signed_out')
    }
  }
  await deleteRetiredLogin(db, retired)
}

function openLogin(keys: KeyRing, encrypted: string): PendingLogin | InvalidToken {
  try {
    return JSON.parse(keys.decrypt(encrypted).toString()) as PendingLogin
  } catch (error) {
    if (error instanceof InvalidToken) return error
    throw error
  }
}
