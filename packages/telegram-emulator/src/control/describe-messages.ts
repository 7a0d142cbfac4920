import { fileSha256 } from '../media/file-sha256.ts'
import type { Channel } from '../world/channel.ts'
import type { MediaKind, MessageMedia } from '../world/model.ts'

/** A message in the form in which tests compare it, independent of TL. */
export interface MessageDescription {
  readonly id: number
  /** ISO 8601, UTC. */
  readonly date: string
  /** Empty for service messages and media without caption. */
  readonly text: string
  readonly media: MediaDescription | null
}

export interface MediaDescription {
  readonly kind: MediaKind
  readonly name: string | null
  /** Bytes. */
  readonly size: number
  /** Hex. */
  readonly sha256: string
}

/** All messages of a channel, oldest first. File hashes are computed one by one, on demand. */
export async function* describeMessages(channel: Channel): AsyncGenerator<MessageDescription> {
  for (const id of channel.idsFrom(1)) {
    const message = channel.get(id)
    if (message === undefined) continue
    const { date, message: text } = message.tl
    yield {
      id,
      date: new Date(Number(date) * 1000).toISOString(),
      text: typeof text === 'string' ? text : '',
      media: message.media === null ? null : await describeMedia(message.media),
    }
  }
}

export async function describeMedia({ kind, file }: MessageMedia): Promise<MediaDescription> {
  return { kind, name: file.name, size: file.size, sha256: await fileSha256(file) }
}
