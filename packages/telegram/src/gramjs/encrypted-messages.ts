import { createHash, randomBytes } from 'node:crypto'
import type { AuthKey } from 'telegram/crypto/AuthKey.js'
import { InvalidBufferError, SecurityError } from 'telegram/errors/Common.js'
import { Logger, LogLevel } from 'telegram/extensions/Logger.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { MTProtoState } from 'telegram/network/MTProtoState.js'
import type { TLMessage } from 'telegram/tl/core/index.js'
import type { Api } from 'telegram/tl/index.js'
import { TlReader } from '../tl/reader.ts'
import { igeDecrypt, igeEncrypt } from './aes-ige.ts'
import { littleEndian } from './little-endian.ts'
import { readMessage } from './received.ts'

type BigInteger = ReturnType<typeof returnBigInt>

/** GramJS writes to the console at every level but this one. */
export const SILENT = new Logger(LogLevel.NONE)

const BLOCK_BYTES = 16
const KEY_ID_BYTES = 8
const MESSAGE_KEY_BYTES = 16
const ENVELOPE_BYTES = KEY_ID_BYTES + MESSAGE_KEY_BYTES
/** Salt and session id. GramJS's data follows them: msg_id, seq_no, length, body. */
const SALT_AND_SESSION_BYTES = 16
const MIN_PADDING_BYTES = 12
const MAX_PADDING_BYTES = 1024
/** Highest received msg_ids kept for replay detection. A msg_id below all of them is refused. */
const REMEMBERED_IDS = 500
/** A message this much older than the newest one is refused as a possible replay. */
const MAX_AGE_SECONDS = 300
/** Smaller clock corrections are ignored: Telegram accepts msg_ids from 300 s in the past to 30 s in the future. */
const MIN_CORRECTION_SECONDS = 1

/** Offset x into the auth key, by direction (https://core.telegram.org/mtproto/description#defining-aes-key). */
type Side = 0 | 8
const CLIENT: Side = 0
const SERVER: Side = 8

/** A decrypted message. `encrypted` is the buffer it was decrypted in, of which its body is a view. */
export interface DecryptedMessage extends TLMessage {
  readonly encrypted: Buffer
}

/**
 * The encrypted session of one connection. GramJS manages salt and seq_no; this class encrypts and decrypts messages,
 * with faster ciphers and all checks of https://core.telegram.org/mtproto/security_guidelines. A message's age is
 * relative to the newest message, on the monotonic clock, because this machine's clock may be wrong.
 */
export class EncryptedMessages extends MTProtoState {
  readonly #authKey: AuthKey
  readonly #sessionId = randomBytes(8)
  readonly #onOffset: (offsetSeconds: number) => void
  readonly #isPending: (messageId: BigInteger) => boolean
  /** The highest received msg_ids, ascending. */
  #receivedIds: bigint[] = []
  /** The `#receivedIds` from before Telegram's clock was last set back. */
  #idsBeforeStep: ReadonlySet<bigint> = new Set()
  /** Telegram's time in the newest msg_id, and its arrival on the monotonic clock (milliseconds). */
  #newest: { readonly seconds: number; readonly at: number } | null = null

  /**
   * `onOffset` gets each measured clock offset: seconds to add to this machine's clock to get Telegram's. `isPending`:
   * whether a sent message, or container of messages, awaits an answer.
   */
  constructor(
    authKey: AuthKey,
    {
      onOffset = () => undefined,
      isPending = () => false,
    }: {
      readonly onOffset?: (offsetSeconds: number) => void
      readonly isPending?: (messageId: BigInteger) => boolean
    } = {},
  ) {
    super(authKey, SILENT)
    this.#authKey = authKey
    this.#onOffset = onOffset
    this.#isPending = isPending
  }

  /** Measures the clock offset from the msg_id of a message that Telegram sent `ageSeconds` ago. Later msg_ids use it. */
  measureClock(messageId: BigInteger, ageSeconds: number): void {
    const offset = secondsOf(messageId) + ageSeconds - Date.now() / 1000
    this.#onOffset(offset)
    if (Math.abs(offset - this.timeOffset) >= MIN_CORRECTION_SECONDS) this.timeOffset = offset
  }

  /** Handles a msg_id refused for its time (`bad_msg_notification` 16, 17). Returns the new offset in seconds. */
  override updateTimeOffset(messageId: BigInteger): number {
    const before = this.timeOffset
    this.measureClock(messageId, 0)
    // Reset the monotonic counter: the next msg_ids are lower than the refused ones.
    if (this.timeOffset < before) Object.assign(this, { _lastMsgId: returnBigInt(0) })
    return this.timeOffset
  }

  override async encryptMessageData(data: Buffer): Promise<Buffer> {
    const key = this.#key()
    const length = SALT_AND_SESSION_BYTES + data.length + MIN_PADDING_BYTES
    const padding = MIN_PADDING_BYTES + (-length & (BLOCK_BYTES - 1))
    const salt = littleEndian(this.salt)
    const plain = Buffer.concat([salt, this.#sessionId, data, randomBytes(padding)])
    const messageKey = messageKeyOf(plain, key, CLIENT)
    const { aesKey, iv } = cipherOf(messageKey, key, CLIENT)
    return Buffer.concat([keyIdOf(key), messageKey, igeEncrypt(plain, aesKey, iv)])
  }

  /**
   * Decrypts a message in place: `encrypted` is overwritten, and the message's body is a view of it. Throws
   * InvalidBufferError for a transport error (GramJS handles it) and SecurityError for a message that fails a check
   * (GramJS ignores the message). Any other error ends the connection.
   */
  override async decryptMessageData(encrypted: Buffer): Promise<DecryptedMessage> {
    if (encrypted.length < ENVELOPE_BYTES + BLOCK_BYTES) throw new InvalidBufferError(encrypted)
    const key = this.#key()
    if (!encrypted.subarray(0, KEY_ID_BYTES).equals(keyIdOf(key))) {
      throw new SecurityError('a message with another auth_key_id')
    }
    const messageKey = encrypted.subarray(KEY_ID_BYTES, ENVELOPE_BYTES)
    const { aesKey, iv } = cipherOf(messageKey, key, SERVER)
    const plain = encrypted.subarray(ENVELOPE_BYTES)
    if (plain.length % BLOCK_BYTES > 0)
      throw new SecurityError(
        `a message of ${plain.length} bytes, not a multiple of ${BLOCK_BYTES}`,
      )
    igeDecrypt(plain, aesKey, iv)
    if (!messageKeyOf(plain, key, SERVER).equals(messageKey)) {
      throw new SecurityError('a message with a wrong msg_key')
    }
    return Object.assign(this.#parse(plain), { encrypted })
  }

  #parse(plain: Buffer): TLMessage {
    const reader = new TlReader(plain)
    reader.fixed(8)
    const sessionId = reader.fixed(8)
    const id = reader.bigint()
    const seqNo = reader.int()
    const length = reader.uint()
    const padding = reader.rest().length - length
    if (!sessionId.equals(this.#sessionId)) throw new SecurityError('a message of another session')
    if (padding < MIN_PADDING_BYTES || padding > MAX_PADDING_BYTES) {
      throw new SecurityError(`a message with ${padding} bytes of padding`)
    }
    const message = readMessage(id, seqNo, reader.fixed(length))
    this.#checkIsFresh(id, message)
    return message
  }

  #checkIsFresh(id: bigint, message: TLMessage): void {
    if ((id & 1n) === 0n) throw new SecurityError('a message with an even msg_id, as clients send')
    const now = performance.now()
    const seconds = Number(id >> 32n)
    const expected = this.#newest ? this.#newest.seconds + (now - this.#newest.at) / 1000 : seconds
    if (seconds < expected - MAX_AGE_SECONDS) this.#stepBack(message)
    this.#remember(id)
    if (!this.#newest || seconds > expected) this.#newest = { seconds, at: now }
  }

  /**
   * Follows Telegram's clock when it was set back. A message proves that when it refuses the msg_id of a pending message
   * for its time: a replay would name a message that is no longer pending. Throws for any other message.
   */
  #stepBack(message: TLMessage): void {
    const isProof = partsOf(message).some(({ obj }) => {
      const { badMsgId, errorCode } = obj as Partial<Api.BadMsgNotification>
      return badMsgId !== undefined && isWrongTime(errorCode) && this.#isPending(badMsgId)
    })
    if (!isProof) throw new SecurityError('a message that is too old')
    this.#idsBeforeStep = new Set(this.#receivedIds)
    this.#receivedIds = []
    this.#newest = null
  }

  #remember(id: bigint): void {
    if (this.#idsBeforeStep.has(id)) throw new SecurityError('a message received before')
    const ids = this.#receivedIds
    // Searched from the end, because most msg_ids are higher than all before.
    const before = ids.findLastIndex((known) => known <= id)
    if (ids[before] === id) throw new SecurityError('a message received before')
    if (before === -1 && ids.length >= REMEMBERED_IDS)
      throw new SecurityError('a message with a msg_id below all remembered ones')
    ids.splice(before + 1, 0, id)
    if (ids.length > REMEMBERED_IDS) ids.shift()
  }

  #key(): Buffer {
    const key = this.#authKey.getKey()
    if (!key) throw new SecurityError('no auth key yet')
    return key
  }
}

/** Whether `bad_msg_notification` refuses a msg_id for its time: too low (16) or too high (17). */
export function isWrongTime(errorCode: number | undefined): boolean {
  return errorCode === 16 || errorCode === 17
}

/** The messages of a container; any other message itself. */
function partsOf(message: TLMessage): readonly TLMessage[] {
  const { messages } = message.obj as { readonly messages?: unknown }
  return Array.isArray(messages) ? (messages as TLMessage[]) : [message]
}

/** The time in a msg_id: seconds since 1970, with fraction. */
function secondsOf(messageId: BigInteger): number {
  return Number(BigInt(messageId.toString())) / 2 ** 32
}

/** The auth_key_id: the low 64 bits of the key's SHA-1. */
function keyIdOf(key: Buffer): Buffer {
  return createHash('sha1').update(key).digest().subarray(12)
}

function messageKeyOf(plain: Buffer, key: Buffer, side: Side): Buffer {
  const part = key.subarray(88 + side, 120 + side)
  return createHash('sha256').update(part).update(plain).digest().subarray(8, 24)
}

function cipherOf(messageKey: Buffer, key: Buffer, side: Side) {
  const hash = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
  const a = hash(messageKey, key.subarray(side, side + 36))
  const b = hash(key.subarray(side + 40, side + 76), messageKey)
  return {
    aesKey: Buffer.concat([a.subarray(0, 8), b.subarray(8, 24), a.subarray(24, 32)]),
    iv: Buffer.concat([b.subarray(0, 8), a.subarray(8, 24), b.subarray(24, 32)]),
  }
}
