import type { ChatKind } from '@telegather/contracts'
import { sessionChannels, sessions, type Db, type DbOrTx, type Tx } from '@telegather/db'
import { notify } from '@telegather/events'
import { and, asc, eq, exists, inArray, isNull, lte, notInArray, or, sql } from 'drizzle-orm'

/** A channel or basic group of one session. `chatId` is the id without the prefix `-100` or `-`. */
export interface ChatRef {
  readonly kind: ChatKind
  readonly chatId: bigint
  readonly accessHash: bigint
}

export interface ChannelDetails {
  readonly description: string | null
  readonly participantsCount: number | null
}

export type ChannelDetailsRow = ChatRef & ChannelDetails

/**
 * Replaces the session's chats by these. The worker reads the details of new ones, and with `refresh` of all.
 */
export async function saveChannels(
  tx: Tx,
  sessionId: number,
  { chats, refresh }: { chats: readonly ChatRef[]; refresh: boolean },
): Promise<void> {
  const idsOf = (kind: ChatKind) =>
    chats.filter((chat) => chat.kind === kind).map((chat) => chat.chatId)
  const isGone = (kind: ChatKind) =>
    and(eq(sessionChannels.kind, kind), notInArray(sessionChannels.chatId, idsOf(kind)))
  await tx
    .delete(sessionChannels)
    .where(and(eq(sessionChannels.sessionId, sessionId), or(isGone('channel'), isGone('group'))))
  if (chats.length === 0) return
  await tx
    .insert(sessionChannels)
    .values(chats.map((chat) => ({ sessionId, ...chat })))
    .onConflictDoUpdate({
      target: [sessionChannels.sessionId, sessionChannels.kind, sessionChannels.chatId],
      set: {
        accessHash: sql`excluded.access_hash`,
        ...(refresh && { checkedAt: null, retryAt: null }),
      },
    })
  await notify(tx, 'channel_details')
}

export async function selectChannelDetails(
  db: DbOrTx,
  sessionId: number,
): Promise<ChannelDetailsRow[]> {
  return db
    .select({
      kind: sessionChannels.kind,
      chatId: sessionChannels.chatId,
      accessHash: sessionChannels.accessHash,
      description: sessionChannels.description,
      participantsCount: sessionChannels.participantsCount,
    })
    .from(sessionChannels)
    .where(eq(sessionChannels.sessionId, sessionId))
}

const isUnchecked = isNull(sessionChannels.checkedAt)
const isDue = and(
  isUnchecked,
  or(isNull(sessionChannels.retryAt), lte(sessionChannels.retryAt, sql`now()`)),
)

/**
 * Claims sessions that have chats with missing details and may call Telegram now, for `claimMs` or until
 * `scheduleDetails`. Returns their ids.
 */
export async function claimSessionsForDetails(
  db: Db,
  { limit, claimMs }: { limit: number; claimMs: number },
): Promise<number[]> {
  const due = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(
      and(
        eq(sessions.state, 'active'),
        lte(sessions.nextDetailsAt, sql`now()`),
        or(isNull(sessions.floodWaitUntil), lte(sessions.floodWaitUntil, sql`now()`)),
        exists(
          db
            .select({ one: sql`1` })
            .from(sessionChannels)
            .where(and(eq(sessionChannels.sessionId, sessions.id), isDue)),
        ),
      ),
    )
    .orderBy(asc(sessions.nextDetailsAt))
    .limit(limit)
    .for('no key update', { skipLocked: true })
  const rows = await db
    .update(sessions)
    .set({ nextDetailsAt: sql`now() + ${claimMs} * interval '1 millisecond'` })
    .where(inArray(sessions.id, due))
    .returning({ id: sessions.id })
  return rows.map(({ id }) => id)
}

export async function scheduleDetails(db: Db, sessionId: number, afterMs: number): Promise<void> {
  await db
    .update(sessions)
    .set({ nextDetailsAt: sql`now() + ${afterMs} * interval '1 millisecond'` })
    .where(eq(sessions.id, sessionId))
}

/** Skips a chat for `afterMs`, so that it does not delay the session's other chats. */
export async function postponeChat(
  db: Db,
  sessionId: number,
  { chat: { kind, chatId }, afterMs }: { chat: ChatRef; afterMs: number },
): Promise<void> {
  await db
    .update(sessionChannels)
    .set({ retryAt: sql`now() + ${afterMs} * interval '1 millisecond'` })
    .where(isChat(sessionId, kind, chatId))
}

/** The next chat whose details are to be read. */
export async function findUncheckedChat(db: Db, sessionId: number): Promise<ChatRef | null> {
  const { kind, chatId, accessHash } = sessionChannels
  const [row] = await db
    .select({ kind, chatId, accessHash })
    .from(sessionChannels)
    .where(and(eq(sessionChannels.sessionId, sessionId), isDue))
    .orderBy(asc(chatId))
    .limit(1)
  return row ?? null
}

/** Stores the details of a chat. Does nothing for a chat that was removed. */
export async function updateChannelDetails(
  tx: Tx,
  sessionId: number,
  { kind, chatId }: ChatRef,
  details: ChannelDetails,
): Promise<void> {
  await tx
    .update(sessionChannels)
    .set({ ...details, checkedAt: sql`now()`, retryAt: null })
    .where(isChat(sessionId, kind, chatId))
}

function isChat(sessionId: number, kind: ChatKind, chatId: bigint) {
  return and(
    eq(sessionChannels.sessionId, sessionId),
    eq(sessionChannels.kind, kind),
    eq(sessionChannels.chatId, chatId),
  )
}
