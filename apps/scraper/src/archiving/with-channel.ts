import type { Db } from '@telegather/db'
import type { OpenedSession } from '@telegather/sessions'
import { PeerNotFound, resolveChannel, type ChannelRef } from '@telegather/telegram'
import { writeForRun } from '../runs/write-for-run.ts'
import type { RunRow } from '../runs/queries/run-state.ts'
import { saveChannel, type SourceRow } from '../runs/queries/source-columns.ts'
import { RunImpossible } from '../runs/errors.ts'

interface ToLookUp {
  readonly telegram: OpenedSession
  readonly source: SourceRow
  readonly signal: AbortSignal
}

/**
 * Calls `read` with the source's channel. The channel's access hash is saved with the session that resolved it, because
 * it is valid for that account only. When Telegram refuses a saved hash, the channel is resolved again and `read` is
 * called once more.
 */
export async function withChannel(
  db: Db,
  run: RunRow,
  { telegram, source, signal }: ToLookUp,
  read: (channel: ChannelRef) => Promise<void>,
): Promise<void> {
  const lookUp = () => lookUpChannel(db, run, { telegram, source, signal })
  const saved = savedChannel(source, telegram.sessionId)
  if (saved === null) return read(await lookUp())
  try {
    await read(saved)
  } catch (error) {
    if (!(error instanceof PeerNotFound)) throw error
    const channel = await lookUp()
    if (channel.accessHash === saved.accessHash) throw error
    await read(channel)
  }
}

function savedChannel(
  { channelId, channelAccessHash, channelSessionId }: SourceRow,
  sessionId: number,
): ChannelRef | null {
  if (channelId === null || channelAccessHash === null || channelSessionId !== sessionId)
    return null
  return { id: String(channelId), accessHash: String(channelAccessHash) }
}

/** A username may move to another channel. A source that has stored messages refuses that channel. */
async function lookUpChannel(
  db: Db,
  run: RunRow,
  { telegram, source, signal }: ToLookUp,
): Promise<ChannelRef> {
  const { channelId } = source
  const channel = await resolveChannel(telegram, source.identifier, { signal })
  if (source.totalMessages > 0 && channelId !== null && channel.id !== String(channelId))
    throw new RunImpossible(
      `${source.identifier} now names another channel; this source keeps the posts of the previous one`,
    )
  await writeForRun(db, run, telegram.fence, async (tx) => {
    await saveChannel(tx, source, { channel, sessionId: telegram.sessionId })
    return {}
  })
  return channel
}
