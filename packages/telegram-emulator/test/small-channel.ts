import type { TlObject } from '../src/tl/object.ts'
import { encodeFileId, fileAccessHash, fileDcId } from '../src/world/file-id.ts'
import type { ChannelBlueprint, ChannelMessage, FileSpec } from '../src/world/model.ts'

export interface SmallChannel {
  readonly id: bigint
  readonly title: string
  readonly username: string | null
  readonly ids: readonly number[]
  /** Unix seconds. */
  readonly createdAt?: number
}

const CREATED_AT = 1_700_000_000

/** The access hash before it is derived for an account. */
export function smallChannelHash(id: bigint): bigint {
  return id * 31n
}

/** A channel with one text message per id, ten seconds apart per id; every tenth message has a file. */
export function smallChannel(channel: SmallChannel): ChannelBlueprint {
  const { id, title, username, ids, createdAt = CREATED_AT } = channel
  const messages = new Map(
    ids.map((messageId) => [messageId, messageOf(id, messageId, createdAt + messageId * 10)]),
  )
  const ascending = ids.toSorted((a, b) => a - b)
  return {
    id,
    accessHash: smallChannelHash(id),
    title,
    username,
    kind: 'broadcast',
    about: '',
    participantsCount: 30,
    createdAt,
    people: [],
    timeline: {
      count: ids.length,
      topId: ascending.at(-1) ?? 0,
      get: (messageId) => messages.get(messageId),
      idsBelow: (beforeId) => ascending.toReversed().filter((messageId) => messageId < beforeId),
      idsFrom: (fromId) => ascending.filter((messageId) => messageId >= fromId),
    },
  }
}

function messageOf(channelId: bigint, messageId: number, date: number): ChannelMessage {
  const tl = {
    _: 'message',
    post: true,
    id: messageId,
    peer_id: { _: 'peerChannel', channel_id: channelId },
    date,
    message: `message ${messageId}`,
  }
  if (messageId % 10 !== 0) return { tl, media: null }
  const file = fileOf(channelId, messageId)
  const media = file.format === 'jpeg' ? photoMedia(file) : documentMedia(file)
  return {
    tl: { ...tl, media },
    media: { kind: file.format === 'jpeg' ? 'photo' : 'document', file },
  }
}

function fileOf(channelId: bigint, messageId: number): FileSpec {
  const id = encodeFileId(channelId, messageId, 'media')
  const size = 700_000 + messageId * 1000
  return messageId % 20 === 0
    ? { id, format: 'jpeg', size, name: null, mimeType: 'image/jpeg', width: 1280, height: 960 }
    : { id, format: 'pdf', size, name: `report ${messageId}.pdf`, mimeType: 'application/pdf' }
}

function photoMedia({ id, size, width, height }: FileSpec): TlObject {
  return {
    _: 'messageMediaPhoto',
    photo: {
      _: 'photo',
      id,
      access_hash: fileAccessHash(id),
      file_reference: Buffer.alloc(0),
      date: CREATED_AT,
      sizes: [
        { _: 'photoSize', type: 'm', w: 320, h: 240, size: 12_000 },
        { _: 'photoSize', type: 'y', w: width, h: height, size },
      ],
      dc_id: fileDcId(id),
    },
  }
}

function documentMedia({ id, size, mimeType, name }: FileSpec): TlObject {
  return {
    _: 'messageMediaDocument',
    document: {
      _: 'document',
      id,
      access_hash: fileAccessHash(id),
      file_reference: Buffer.alloc(0),
      date: CREATED_AT,
      mime_type: mimeType,
      size: BigInt(size),
      dc_id: fileDcId(id),
      attributes: [{ _: 'documentAttributeFilename', file_name: name ?? '' }],
    },
  }
}
