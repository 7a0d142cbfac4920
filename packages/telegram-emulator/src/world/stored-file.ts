import { readFileLazily } from '../media/read-file.ts'
import type { LazyBytes } from '../memory/lazy-bytes.ts'
import type { TlObject } from '../tl/object.ts'
import { decodeFileId, type FileSlot } from './file-id.ts'
import type { ChannelMessage, FileSpec, MessageMedia } from './model.ts'
import type { UploadedMedia } from './uploads.ts'
import type { World } from './world.ts'

/** The `photoSize` type of the thumbnail uploaded along with a document. */
export const THUMB_TYPE = 'm'

/** The file requested by a client: a photo, a document, or a smaller size of either. */
export interface FileRequest {
  readonly kind: 'photo' | 'document'
  readonly id: bigint
  /** The letter of a `photoSize`; empty for the document itself. */
  readonly thumbSize: string
}

/** A `MessageMedia` with a file, and the file itself. */
export interface FoundMedia {
  readonly tl: TlObject
  readonly media: MessageMedia
}

/** The media with this file id, from an upload or a message. Null if there is none. */
export function findFileMedia({ channels, uploads }: World, fileId: bigint): FoundMedia | null {
  const uploaded = uploads.get(fileId)
  if (uploaded !== undefined) return uploaded
  const location = decodeFileId(fileId)
  if (location === undefined) return null
  const message = channels.withFileRef(location.channelRef)?.get(location.messageId)
  if (message?.media?.file.id !== fileId) return null
  return { tl: message.tl['media'] as TlObject, media: message.media }
}

/** The requested file; null if no message has it or it has no such size. */
export function findStoredFile(
  { channels, uploads }: World,
  request: FileRequest,
): FileSpec | null {
  const uploaded = uploads.get(request.id)
  if (uploaded !== undefined) return fileOfUpload(uploaded, request)
  const location = decodeFileId(request.id)
  if (location === undefined) return null
  const message = channels.withFileRef(location.channelRef)?.get(location.messageId)
  if (message === undefined) return null
  const holder = fileHolder(message.tl, location.slot)
  const object = holder?.[request.kind] as TlObject | undefined
  if (object?.['id'] !== request.id) return null
  if (request.kind === 'document' && request.thumbSize === '') return wholeFile(message, request.id)
  return pictureOfSize(message, object, request)
}

function fileOfUpload(uploaded: UploadedMedia, request: FileRequest): FileSpec | null {
  const object = uploaded.tl[request.kind] as TlObject | undefined
  if (object === undefined) return null
  if (request.thumbSize === THUMB_TYPE && uploaded.thumb !== null) return uploaded.thumb
  if (request.kind === 'document' && request.thumbSize === '') return uploaded.media.file
  return pictureOfSize(uploaded, object, request)
}

/** The object of a message that has the `photo` or `document` of a slot. */
function fileHolder(message: TlObject, slot: FileSlot): TlObject | undefined {
  const media = message['media'] as TlObject | undefined
  switch (slot) {
    case 'media':
      return media
    case 'preview':
      return media?.['webpage'] as TlObject | undefined
    case 'chatPhoto':
      return message['action'] as TlObject | undefined
  }
}

function wholeFile(message: Pick<ChannelMessage, 'media'>, id: bigint): FileSpec | null {
  return message.media?.file.id === id ? message.media.file : null
}

/** Each size is a file of its own: the same id with another size yields other bytes. */
function pictureOfSize(
  message: Pick<ChannelMessage, 'media'>,
  object: TlObject,
  { kind, id, thumbSize }: FileRequest,
): FileSpec | null {
  const sizes = object[kind === 'photo' ? 'sizes' : 'thumbs'] as readonly TlObject[] | undefined
  const found = sizes?.find((size) => size['type'] === thumbSize)
  const bytes = found === undefined ? undefined : byteLength(found)
  if (found === undefined || bytes === undefined) return null
  const original = wholeFile(message, id)
  if (kind === 'photo' && original?.size === bytes) return original
  return {
    id,
    format: 'jpeg',
    size: bytes,
    name: null,
    mimeType: 'image/jpeg',
    width: found['w'] as number,
    height: found['h'] as number,
  }
}

/** Undefined for sizes whose bytes are inside the message. */
function byteLength(size: TlObject): number | undefined {
  if (size._ === 'photoSizeProgressive') return (size['sizes'] as readonly number[]).at(-1)
  return size['size'] as number | undefined
}

/** Bytes `offset` to `offset + length` of a file, fewer at its end. */
export async function readStoredFile(
  { uploads }: World,
  file: FileSpec,
  { offset, length }: { offset: number; length: number },
): Promise<Buffer | LazyBytes> {
  if (file.sha256 === undefined) return readFileLazily(file, offset, length)
  return uploads.read(file.sha256, offset, length)
}
