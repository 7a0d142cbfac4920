import { mix } from './mix.ts'

/**
 * Layout of a document or photo id, 63 bits so that it is a positive signed long: 28 bits of channel reference, 31 bits
 * of message id, 4 bits of slot.
 *
 * A bare channel id has up to 40 bits and does not fit next to a whole message id. It is reduced modulo the largest
 * prime below 2^28: neighbouring ids never collide, and two ids collide only if they differ by a multiple of that
 * prime. A world indexes its channels by reference and rejects a channel whose reference is taken.
 */
const CHANNEL_REF_MODULUS = 268_435_399n
const MESSAGE_ID_BITS = 31n
const SLOT_BITS = 4n

/**
 * The file of a message that an id names: its own media, the photo of a link preview, or the photo of a service
 * message.
 */
export const FILE_SLOTS = ['media', 'preview', 'chatPhoto'] as const
export type FileSlot = (typeof FILE_SLOTS)[number]

export interface FileLocation {
  readonly channelRef: number
  readonly messageId: number
  readonly slot: FileSlot
}

/** The 28-bit reference of a channel in its file ids. */
export function channelRef(channelId: bigint): number {
  return Number(channelId % CHANNEL_REF_MODULUS)
}

/** The id of a file in a message. `messageId` is a Telegram message id, 1 to 2^31 - 1. */
export function encodeFileId(channelId: bigint, messageId: number, slot: FileSlot): bigint {
  if (!Number.isInteger(messageId) || messageId < 1 || messageId > 0x7fff_ffff) {
    throw new RangeError(`message id out of range: ${messageId}`)
  }
  const ref = channelId % CHANNEL_REF_MODULUS
  const slotIndex = BigInt(FILE_SLOTS.indexOf(slot))
  return (((ref << MESSAGE_ID_BITS) | BigInt(messageId)) << SLOT_BITS) | slotIndex
}

/** The reference of uploaded files, which no channel has. Their ids hold a serial number instead of a message id. */
const UPLOADED_REF = (1n << 28n) - 1n

/** The id of an uploaded file, for serial numbers from 1 to 2^31 - 1. */
export function encodeUploadedFileId(number: number): bigint {
  return ((UPLOADED_REF << MESSAGE_ID_BITS) | BigInt(number)) << SLOT_BITS
}

/** Decodes a file id. Undefined for an id that `encodeFileId` cannot have returned. */
export function decodeFileId(fileId: bigint): FileLocation | undefined {
  if (fileId <= 0n || fileId >= 1n << 63n) return undefined
  const slot = FILE_SLOTS[Number(BigInt.asUintN(4, fileId))]
  const messageId = Number(BigInt.asUintN(31, fileId >> SLOT_BITS))
  const ref = fileId >> (SLOT_BITS + MESSAGE_ID_BITS)
  if (slot === undefined || messageId === 0 || ref >= CHANNEL_REF_MODULUS) return undefined
  return { channelRef: Number(ref), messageId, slot }
}

/** The access hash of a file, a signed 64-bit number derived from its id. Accounts get it in the form of `accessHashFor`. */
export function fileAccessHash(fileId: bigint): bigint {
  return BigInt.asIntN(64, mix(fileId))
}

/** The data centre that stores a file: a quarter of the files are on DC 4, the others on DC 2. */
export function fileDcId(fileId: bigint): 2 | 4 {
  return (mix(~fileId) & 3n) === 0n ? 4 : 2
}
