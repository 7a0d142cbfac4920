import type { Db } from '@telegather/db'
import type { OpenedSession } from '@telegather/sessions'
import { resolveChannel, type ChannelRef } from '@telegather/telegram'
import { inRun } from './in-run.ts'
import type { RunRow } from './queries/run-state.ts'
import { saveChannel, type SourceRow } from './queries/source-columns.ts'
import { RunImpossible } from './run-impossible.ts'

/**
 * The source's channel at Telegram. Each session looks it up once, and the access hash is kept with that session.
 * Usernames change hands, so a source that has stored messages refuses another channel.
 */
export async function channelOf(
  db: Db,
  run: RunRow,
  telegram: OpenedSession,
  { source, sessionId, signal }: { source: SourceRow; sessionId: number; signal: AbortSignal },
): Promise<ChannelRef> {
  const { channelId, channelAccessHash } = source
  if (channelId !== null && channelAccessHash !== null && source.channelSessionId === sessionId)
    return { id: String(channelId), accessHash: String(channelAccessHash) }
  const channel = await resolveChannel(telegram, source.identifier, { signal })
  if (source.totalMessages > 0 && channelId !== null && channel.id !== String(channelId))
    throw new RunImpossible(
      `${source.identifier} is another channel by now; this source keeps the posts of the one before`,
    )
  await inRun(db, run, telegram.fence, async (tx) => {
    await saveChannel(tx, source, { channel, sessionId })
    return {}
  })
  return channel
}
