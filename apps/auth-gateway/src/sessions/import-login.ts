import type { Actor } from '@telegather/contracts'
import { recordAudit, type Tx } from '@telegather/db'
import { enqueue } from '@telegather/events'
import { DomainError } from '@telegather/service'
import {
  authKeyIdOf,
  authOfKey,
  verifyLogin,
  type Account,
  type ApiCredentials,
  type ClientLogin,
  type ReadLogin,
  type VerifyLoginResult,
} from '@telegather/telegram'
import type { LoginDeps } from '../login/deps.ts'
import { normalisePhoneNumber } from '../login/phone-number.ts'
import {
  authKeyInUse,
  findSessionWithKey,
  lockAuthKey,
  sessionNameTaken,
} from '../login/queries.ts'
import { BANNED, invalidPhoneNumber, sessionNameConflict } from '../login/refusals.ts'
import { secondsUntilFree } from '../retired-logins/queries.ts'
import { saveSession } from '../login/save-session.ts'
import type { SessionRow } from './queries.ts'

export interface LoginToImport {
  readonly sessionName: string
  readonly phoneNumber: string
  readonly read: ReadLogin
  /** Those that the login was made with; default: the configured ones. */
  readonly api?: ApiCredentials
}

/**
 * Stores a login that was made with another client, once Telegram has told whose it is (`users.getUsers`).
 * A login that a session has already is not connected: two connections would end it.
 */
export async function importLogin(
  deps: LoginDeps,
  actor: Actor,
  input: LoginToImport,
): Promise<SessionRow> {
  const { read, sessionName } = input
  const phoneNumber = normalisePhoneNumber(input.phoneNumber)
  if (phoneNumber === null) throw invalidPhoneNumber()
  if (read.status === 'rejected') throw new DomainError('bad_request', read.detail)

  const auth = authOfKey(read.login.dcId, read.login.authKey)
  const { api = deps.telegram.api } = input
  const identity = { api, device: deps.telegram.device }
  return deps.stepDb.transaction(async (tx) => {
    const authKeyId = authKeyIdOf(auth)
    await refuseKnown(tx, actor, { authKeyId, sessionName })
    await untilDisconnected(deps, tx, authKeyId)
    const account = await accountOf(deps, { identity, auth })
    const { tenantId } = actor
    const session = await saveSession(
      deps,
      tx,
      {
        tenantId,
        sessionName,
        phoneNumber: account.phoneNumber ?? phoneNumber,
        origin: 'import',
        account,
        auth,
        identity,
      },
      { replace: 'inactive' },
    )
    if (!session) throw new DomainError('conflict', 'The account has an active session already')
    await recordAudit(tx, actor, {
      action: 'session.imported',
      objectId: session.id,
      details: { session_name: sessionName },
    })
    await enqueue(tx, 'session.created', { sessionId: session.id })
    return session
  })
}

async function refuseKnown(
  tx: Tx,
  { tenantId }: Actor,
  { authKeyId, sessionName }: { authKeyId: bigint; sessionName: string },
): Promise<void> {
  await lockAuthKey(tx, authKeyId)
  if (await authKeyInUse(tx, authKeyId))
    throw new DomainError('conflict', 'This login is stored as a session already')
  if (await sessionNameTaken(tx, tenantId, { sessionName })) throw sessionNameConflict(sessionName)
}

/** Throws while somebody may be connected with the key: the owner of a session that is lost, or was deleted. */
async function untilDisconnected(
  { withdraw }: LoginDeps,
  tx: Tx,
  authKeyId: bigint,
): Promise<void> {
  const lost = await findSessionWithKey(tx, authKeyId)
  const busyMs = lost ? await withdraw(lost.id, (session) => session.end(tx)) : 0
  const retryAfterSeconds =
    busyMs > 0 ? Math.ceil(busyMs / 1000) : await secondsUntilFree(tx, authKeyId)
  if (retryAfterSeconds !== null)
    throw new DomainError('unavailable', 'This login was in use a moment ago; try again', {
      retryAfterSeconds,
    })
}

const REFUSALS: Readonly<Record<Exclude<VerifyLoginResult['status'], 'valid'>, string>> = {
  logged_out: 'Telegram no longer knows this login: the account was logged out',
  account_banned: BANNED,
  application_refused: 'Telegram does not accept this api_id with this api_hash',
  unknown_data_centre: 'The data centre of this login is not known here',
}

async function accountOf(
  { telegram }: LoginDeps,
  login: Pick<ClientLogin, 'identity' | 'auth'>,
): Promise<Account> {
  const verified = await verifyLogin(telegram, login)
  if (verified.status !== 'valid') throw new DomainError('bad_request', REFUSALS[verified.status])
  if (verified.account.isBot)
    throw new DomainError(
      'bad_request',
      'This is the login of a bot; sessions are accounts of people',
    )
  return verified.account
}
