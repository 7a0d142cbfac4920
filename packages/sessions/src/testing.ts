import { sessions, type Db } from '@telegather/db'
import type { KeyRing } from '@telegather/secrets'
import type { TelegramConfig } from '@telegather/telegram'
import { signInTestAccount } from '@telegather/telegram/testing'

type SessionColumns = Partial<typeof sessions.$inferInsert>

/** Stores a session, by default the operator's, and returns its id. Without `encryptedAuth` it has no login and cannot be connected. */
export async function insertSession(
  db: Db,
  { sessionName, ...columns }: SessionColumns & { readonly sessionName: string },
): Promise<number> {
  const [row] = await db
    .insert(sessions)
    .values({
      ownerKind: 'operator',
      sessionName,
      phoneNumber: '',
      telegramUserId: 1n,
      encryptedAuth: '',
      apiId: 1,
      encryptedApiHash: '',
      device: { deviceModel: '', systemVersion: '', appVersion: '' },
      ...columns,
    })
    .returning({ id: sessions.id })
  if (!row) throw new Error('no session')
  return row.id
}

/** Signs a test account in, stores its session under the phone number as its name, and returns the id. */
export async function addTestSession(
  deps: { readonly db: Db; readonly keys: KeyRing; readonly config: TelegramConfig },
  phoneNumber: string,
  columns: SessionColumns = {},
): Promise<number> {
  const { db, keys, config } = deps
  const { account, auth, identity } = await signInTestAccount(config, phoneNumber)
  return insertSession(db, {
    sessionName: phoneNumber,
    phoneNumber,
    telegramUserId: BigInt(account.userId),
    encryptedAuth: keys.encrypt(JSON.stringify(auth)),
    apiId: identity.api.apiId,
    encryptedApiHash: keys.encrypt(identity.api.apiHash),
    device: identity.device,
    ...columns,
  })
}
