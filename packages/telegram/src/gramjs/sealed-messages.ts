import { createHash, randomBytes } from 'node:crypto'
import type { AuthKey } from 'telegram/crypto/AuthKey.js'
import { InvalidBufferError, SecurityError } from 'telegram/errors/Common.js'
import { Logger, LogLevel } from 'telegram/extensions/Logger.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { MTProtoState } from 'telegram/network/MTProtoState.js'
import type { TLMessage } from 'telegram/tl/core/index.js'
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
/** Salt and session before what GramJS packs: message id, number, length. */
const SALT_AND_SESSION_BYTES = 16
const MIN_PADDING_BYTES = 12
const MAX_PADDING_BYTES = 1024
/** The highest ids received; a lower one than all of them is refused, as it may be a replay. */
const REMEMBERED_IDS = 500
/** A message this much older than the newest one may be a replay. */
const MAX_AGE_SECONDS = 300
/** Smaller corrections of the clock are left out: Telegram takes ids of 30 s ahead to 300 s behind. */
const MIN_CORRECTION_SECONDS = 1

/** From where on in the auth key each side takes its part (https://core.telegram.org/mtproto/description). */
type Side = 0 | 8
const CLIENT: Side = 0
const SERVER: Side = 8

/** A message, and the bytes in which all of it lies. */
export interface OpenedMessage extends TLMessage {
  readonly sealed: Buffer
}

/**
 * The encrypted session of one connection: salt and sequence are GramJS's; sealing and opening of messages are done
 * here, with faster ciphers and with the checks of https://core.telegram.org/mtproto/security_guidelines. The age of a
 * message is measured from the newest one, on the monotonic clock: this machine's clock may be wrong.
 */
export class SealedMessages extends MTProtoState {
  readonly #authKey: AuthKey
  readonly #sessionId = randomBytes(8)
  readonly #onOffset: (offsetSeconds: number) => void
  /** Ascending. */
  readonly #receivedIds: bigint[] = []
  /** Telegram's time by the newest message, and when that came. */
  #newest: { readonly seconds: number; readonly at: number } | null = null

  /** `onOffset` gets each measurement of Telegram's clock, as seconds to add to this machine's. */
  constructor(authKey: AuthKey, onOffset: (offsetSeconds: number) => void = () => undefined) {
    super(authKey, SILENT)
    this.#authKey = authKey
    this.#onOffset = onOffset
  }

  /** Takes the time of a message that Telegram has just sent, `ageSeconds` ago. Later ids are of that time. */
  measureClock(messageId: BigInteger, ageSeconds: number): void {
    const offset = secondsOf(messageId) + ageSeconds - Date.now() / 1000
    this.#onOffset(offset)
    if (Math.abs(offset - this.timeOffset) >= MIN_CORRECTION_SECONDS) this.timeOffset = offset
  }

  /** Telegram has refused a message for its time (`bad_msg_notification` 16, 17). Answers the new offset. */
  override updateTimeOffset(messageId: BigInteger): number {
    const before = this.timeOffset
    this.measureClock(messageId, 0)
    // Ids may become lower than those that were refused.
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
   * What was sealed is overwritten, and belongs to the message from now on. GramJS takes InvalidBufferError for a transport error, passes over SecurityError,
   * and gives up at others.
   */
  override async decryptMessageData(sealed: Buffer): Promise<OpenedMessage> {
    if (sealed.length < ENVELOPE_BYTES + BLOCK_BYTES) throw new InvalidBufferError(sealed)
    const key = this.#key()
    if (!sealed.subarray(0, KEY_ID_BYTES).equals(keyIdOf(key))) {
      throw new SecurityError('a message under another auth key')
    }
    const messageKey = sealed.subarray(KEY_ID_BYTES, ENVELOPE_BYTES)
    const { aesKey, iv } = cipherOf(messageKey, key, SERVER)
    const plain = sealed.subarray(ENVELOPE_BYTES)
    if (plain.length % BLOCK_BYTES > 0) throw new SecurityError('a message of broken blocks')
    igeDecrypt(plain, aesKey, iv)
    if (!messageKeyOf(plain, key, SERVER).equals(messageKey)) {
      throw new SecurityError('a message that was changed on its way')
    }
    return Object.assign(this.#open(plain), { sealed })
  }

  #open(plain: Buffer): TLMessage {
    const reader = new TlReader(plain)
    reader.fixed(8)
    const sessionId = reader.fixed(8)
    const id = reader.bigint()
    const seqNo = reader.int()
    const length = reader.uint()
    const padding = reader.rest().length - length
    if (!sessionId.equals(this.#sessionId)) throw new SecurityError('a message for another session')
    if (padding < MIN_PADDING_BYTES || padding > MAX_PADDING_BYTES) {
      throw new SecurityError(`a message with ${padding} bytes of padding`)
    }
    this.#checkIsFresh(id)
    return readMessage(id, seqNo, reader.fixed(length))
  }

  #checkIsFresh(id: bigint): void {
    if ((id & 1n) === 0n) throw new SecurityError('a message with the id of a client')
    const now = performance.now()
    const seconds = Number(id >> 32n)
    const expected = this.#newest ? this.#newest.seconds + (now - this.#newest.at) / 1000 : seconds
    if (seconds < expected - MAX_AGE_SECONDS) throw new SecurityError('a message that is too old')
    this.#remember(id)
    if (!this.#newest || seconds > expected) this.#newest = { seconds, at: now }
  }

  #remember(id: bigint): void {
    const ids = this.#receivedIds
    // Most ids are higher than all before.
    const before = ids.findLastIndex((known) => known <= id)
    if (ids[before] === id) throw new SecurityError('a message that came before')
    if (before === -1 && ids.length >= REMEMBERED_IDS)
      throw new SecurityError('a message older than all that are remembered')
    ids.splice(before + 1, 0, id)
    if (ids.length > REMEMBERED_IDS) ids.shift()
  }

  #key(): Buffer {
    const key = this.#authKey.getKey()
    if (!key) throw new SecurityError('no auth key yet')
    return key
  }
}

/** The time in a message id, a fraction included. */
function secondsOf(messageId: BigInteger): number {
  return Number(BigInt(messageId.toString())) / 2 ** 32
}

/** The low 64 bits of the key's SHA-1. */
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
