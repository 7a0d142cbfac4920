import type { Actor } from '@telegather/contracts'
import { recordAudit, type Db, type Tx } from '@telegather/db'
import { enqueue } from '@telegather/events'
import { DomainError } from '@telegather/service'
import {
  authKeyIdOf,
  authOfKey,
  verifyLogin,
  type Account,
  type ApiCredentials,
  type ClientLogin,
  type SessionFileRead,
  type VerifyLoginResult,
} from '@telegather/telegram'
import type { AccountDeps } from '../deps.ts'
import { secondsUntilFree } from '../retired-logins/queries.ts'
import { normalisePhoneNumber } from './phone-number.ts'
import type { SessionRow } from './queries.ts'
import {
  authKeyInUse,
  findSessionOf,
  findSessionWithKey,
  lockAuthKey,
  sessionNameTaken,
  isLoginValid,
} from './queries/stored-sessions.ts'
import { accountBanned, invalidPhoneNumber, sessionNameConflict } from './refusals.ts'
import { saveSession, type CompletedLogin, type WithdrawnSession } from './save-session.ts'
import { whileWithdrawn } from './while-withdrawn.ts'

export interface LoginToImport {
  readonly sessionName: string
  readonly phoneNumber: string
  readonly read: SessionFileRead
  /** The API credentials that the login was created with; by default the configured ones. */
  readonly api?: ApiCredentials
}

/**
 * Stores a login that was created with another client, after Telegram has returned its account (`users.getUsers`). A login
 * that a session has already is refused before that: a second connection from another address would end it.
 */
export async function importLogin(
  deps: AccountDeps,
  actor: Actor,
  input: LoginToImport,
): Promise<SessionRow> {
  const { read, sessionName } = input
  const phoneNumber = normalisePhoneNumber(input.phoneNumber)
  if (phoneNumber === null) throw invalidPhoneNumber()
  if (read.status === 'busy')
    throw new DomainError('unavailable', 'Too many session files are being read; try again', {
      retryAfterSeconds: read.retryAfterSeconds,
    })
  if (read.status === 'rejected') throw new DomainError('login_unreadable', read.detail)

  const auth = authOfKey(read.login.dcId, read.login.authKey)
  const { api = deps.telegram.api } = input
  const identity = { api, device: deps.telegram.device }
  const { db } = deps
  // This transaction is used only for its lock. The writes are committed by `save`, before a withdrawn session is released.
  return deps.stepDb.transaction(async (lock) => {
    const authKeyId = authKeyIdOf(auth)
    await lockAuthKey(lock, authKeyId)
    await refuseKnown(db, actor, { authKeyId, sessionName })
    const ofKey = await findSessionWithKey(db, authKeyId)
    return whileWithdrawn(deps, ofKey?.id ?? null, async (lost) => {
      await refuseBusy(db, authKeyId, lost?.busyMs ?? 0)
      const account = await accountOf(deps, { identity, auth })
      const login: CompletedLogin = {
        owner: actor.owner,
        sessionName,
        phoneNumber: account.phoneNumber ?? phoneNumber,
        origin: 'import',
        account,
        auth,
        identity,
      }
      const save = (replaced: WithdrawnSession | null) =>
        db.transaction((tx) => store(deps, tx, { actor, login, withdrawn: replaced }))
      const present = await findLostSessionOf(db, actor, account)
      return present?.id === lost?.sessionId
        ? save(lost)
        : whileWithdrawn(deps, present?.id ?? null, save)
    })
  })
}

async function refuseKnown(
  db: Db,
  { owner }: Actor,
  { authKeyId, sessionName }: { authKeyId: bigint; sessionName: string },
): Promise<void> {
  if (await authKeyInUse(db, authKeyId))
    throw new DomainError('login_already_stored', 'This login is stored as a session already')
  if (await sessionNameTaken(db, owner, { sessionName })) throw sessionNameConflict(sessionName)
}

/** Throws `login_busy` while the lease holder of a lost or deleted session may be connected with the key. */
async function refuseBusy(db: Db, authKeyId: bigint, busyMs: number): Promise<void> {
  const retryAfterSeconds =
    busyMs > 0 ? Math.ceil(busyMs / 1000) : await secondsUntilFree(db, authKeyId)
  if (retryAfterSeconds !== null)
    throw new DomainError('login_busy', 'This login was in use a moment ago; try again', {
      retryAfterSeconds,
    })
}

/** The account's session whose login is lost. Its lease holder may still be connected. */
async function findLostSessionOf(
  db: Db,
  { owner }: Actor,
  { userId }: Account,
): Promise<{ id: number } | null> {
  const session = await findSessionOf(db, { owner, telegramUserId: BigInt(userId) })
  return session && !isLoginValid(session) ? session : null
}

async function store(
  deps: AccountDeps,
  tx: Tx,
  {
    actor,
    login,
    withdrawn,
  }: { actor: Actor; login: CompletedLogin; withdrawn: WithdrawnSession | null },
): Promise<SessionRow> {
  const session = await saveSession(deps, tx, login, { replace: 'inactive', withdrawn })
  if (session === 'active')
    throw new DomainError('account_has_session', 'The account has an active session already')
  if (session === 'not_withdrawn')
    throw new DomainError('unavailable', 'The account has just got a session; try again', {
      retryAfterSeconds: 1,
    })
  await recordAudit(tx, actor, {
    action: 'session.imported',
    objectId: session.id,
    details: { session_name: login.sessionName },
  })
  await enqueue(tx, 'session.created', { sessionId: session.id })
  return session
}

function rejection(status: Exclude<VerifyLoginResult['status'], 'valid'>): DomainError {
  switch (status) {
    case 'logged_out':
      return new DomainError(
        'login_rejected',
        'Telegram no longer knows this login: the account was logged out',
      )
    case 'account_banned':
      return accountBanned()
    case 'application_refused':
      return new DomainError(
        'api_credentials_rejected',
        'Telegram does not accept this api_id with this api_hash',
      )
    case 'unknown_data_centre':
      return new DomainError('login_rejected', 'The data centre of this login is not known here')
  }
}

async function accountOf(
  { telegram }: AccountDeps,
  login: Pick<ClientLogin, 'identity' | 'auth'>,
): Promise<Account> {
  const verified = await verifyLogin(telegram, login)
  if (verified.status !== 'valid') throw rejection(verified.status)
  if (verified.account.isBot)
    throw new DomainError(
      'login_rejected',
      'This is the login of a bot; a session needs a user account',
    )
  return verified.account
}
