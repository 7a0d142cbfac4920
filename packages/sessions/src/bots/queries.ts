import type { Owner } from '@telegather/contracts'
import {
  lockLease,
  lockName,
  ownedBy,
  sessionLeases,
  sessions,
  type DbOrTx,
  type Tx,
} from '@telegather/db'
import { and, eq } from 'drizzle-orm'

/** The owner of a bot, and the bot's user id at Telegram. */
export interface BotKey {
  readonly owner: Owner
  readonly botId: string
}

export type BotSession = Pick<typeof sessions.$inferSelect, 'id' | 'state' | 'sessionName'>

/** Takes an advisory lock until the transaction ends: one process at a time stores the session of a bot. */
export async function lockBot(tx: Tx, { botId }: BotKey): Promise<void> {
  await lockName(tx, 'bot', botId)
}

export async function findBotSession(
  db: DbOrTx,
  { owner, botId }: BotKey,
): Promise<BotSession | null> {
  const [row] = await db
    .select({ id: sessions.id, state: sessions.state, sessionName: sessions.sessionName })
    .from(sessions)
    .where(
      and(
        ownedBy(sessions, owner),
        eq(sessions.telegramUserId, BigInt(botId)),
        eq(sessions.origin, 'bot'),
      ),
    )
  return row ?? null
}

export async function insertBotSession(
  tx: Tx,
  values: typeof sessions.$inferInsert,
): Promise<number> {
  const [row] = await tx.insert(sessions).values(values).returning({ id: sessions.id })
  if (!row) throw new Error('insert into sessions returned no row')
  return row.id
}

/** Locks the lease first, because the delete locks the session and then, by cascade, the lease. */
export async function deleteBotSession(tx: Tx, sessionId: number): Promise<void> {
  await lockLease(tx, eq(sessionLeases.sessionId, sessionId), 'update')
  await tx.delete(sessions).where(eq(sessions.id, sessionId))
}
