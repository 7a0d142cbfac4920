import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Journal } from './journal.ts'

export type ReferenceCheck = 'valid' | 'expired' | 'invalid'

const KEY = 'file-reference-secret'
const GENERATION_KEY = 'file-reference-generation'
const ENDED_PREFIX = 'file-reference-ended/'
const DEFAULT_LIFE_SECONDS = 86_400
/** A lifetime is divided into this many slots; references issued in the same slot are equal. */
const SLOTS_PER_LIFE = 24
const UINT32 = 2 ** 32
const STAMP_BYTES = 8
const FILE_ID_BYTES = 8
const ACCOUNT_ID_BYTES = 8
const MAC_BYTES = 16

/**
 * File references as Telegram issues them: valid for one file and one account, for a day. A reference holds its issue
 * slot in clear text, followed by a message authentication code with this world's secret.
 */
export class FileReferences {
  /** The secret, followed by a buffer for the input to sign. */
  readonly #signed: Buffer
  readonly #journal: Journal
  /** How often all references were expired. */
  #generation: number
  /** How often the references of single files were expired. */
  readonly #ended: Map<bigint, number>
  #lifeSeconds = DEFAULT_LIFE_SECONDS
  /** Counts the changes that alter references apart from time, in this process. */
  #changes = 0

  constructor(journal: Journal) {
    this.#journal = journal
    const [restored] = journal.restored(KEY).filter(({ key }) => key === KEY)
    const secret = restored === undefined ? randomBytes(32) : (restored.value as Buffer)
    if (restored === undefined) journal.put(KEY, secret)
    this.#signed = Buffer.concat([
      secret,
      Buffer.alloc(STAMP_BYTES + FILE_ID_BYTES + ACCOUNT_ID_BYTES),
    ])
    this.#generation = Number(journal.restored(GENERATION_KEY)[0]?.value ?? 0)
    this.#ended = new Map(
      journal
        .restored(ENDED_PREFIX)
        .map(({ key, value }) => [BigInt(key.slice(ENDED_PREFIX.length)), value as number]),
    )
  }

  /** Changes whenever newly issued references change. */
  get epoch(): number {
    return this.#changes * UINT32 + this.#slotStart()
  }

  /** The minimum lifetime of a reference. It expires at most one 24th of that, or one second, later. */
  get lifeSeconds(): number {
    return this.#lifeSeconds
  }

  /** Applies to references already issued, too. Whole seconds, at least 1. */
  set lifeSeconds(seconds: number) {
    this.#lifeSeconds = seconds
    this.#changes += 1
  }

  issue(fileId: bigint, accountId: bigint): Buffer {
    return this.#sign({ fileId, accountId }, this.#generationOf(fileId), this.#slotStart())
  }

  check(fileId: bigint, accountId: bigint, reference: Buffer): ReferenceCheck {
    if (reference.length !== STAMP_BYTES + MAC_BYTES) return 'invalid'
    const generation = reference.readUInt32BE(0)
    const issuedAt = reference.readUInt32BE(4)
    const own = this.#sign({ fileId, accountId }, generation, issuedAt)
    if (!timingSafeEqual(reference, own)) return 'invalid'
    if (generation !== this.#generationOf(fileId)) return 'expired'
    return issuedAt + this.#slotSeconds() + this.#lifeSeconds <= nowSeconds() ? 'expired' : 'valid'
  }

  /** Expires all references issued so far. */
  expireAll(): void {
    this.#generation += 1
    this.#changes += 1
    this.#journal.put(GENERATION_KEY, this.#generation)
  }

  /** Expires the references issued so far for one file. */
  expire(fileId: bigint): void {
    const count = (this.#ended.get(fileId) ?? 0) + 1
    this.#ended.set(fileId, count)
    this.#changes += 1
    this.#journal.put(`${ENDED_PREFIX}${fileId}`, count)
  }

  #generationOf(fileId: bigint): number {
    return (this.#generation + (this.#ended.get(fileId) ?? 0)) % UINT32
  }

  #slotSeconds(): number {
    return Math.max(1, Math.floor(this.#lifeSeconds / SLOTS_PER_LIFE))
  }

  #slotStart(): number {
    const now = nowSeconds()
    return now - (now % this.#slotSeconds())
  }

  #sign(
    { fileId, accountId }: { readonly fileId: bigint; readonly accountId: bigint },
    generation: number,
    issuedAt: number,
  ): Buffer {
    const signed = this.#signed
    const stamp = signed.length - STAMP_BYTES - FILE_ID_BYTES - ACCOUNT_ID_BYTES
    signed.writeUInt32BE(generation, stamp)
    signed.writeUInt32BE(issuedAt, stamp + 4)
    signed.writeBigInt64BE(BigInt.asIntN(64, fileId), stamp + STAMP_BYTES)
    signed.writeBigInt64BE(BigInt.asIntN(64, accountId), stamp + STAMP_BYTES + FILE_ID_BYTES)
    // No length extension: all inputs have the same length, and only part of the digest is published.
    const code = hash('sha256', signed, 'buffer')
    const reference = Buffer.allocUnsafe(STAMP_BYTES + MAC_BYTES)
    signed.copy(reference, 0, stamp, stamp + STAMP_BYTES)
    code.copy(reference, STAMP_BYTES, 0, MAC_BYTES)
    return reference
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}
