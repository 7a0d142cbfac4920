import api from 'telegram/tl/apiTl.js'
import { Random } from '../../src/content/random.ts'
import { SERVICE_DEFINITIONS } from '../../src/tl/layers.ts'
import type { TlObject, TlValue } from '../../src/tl/object.ts'
import { parseSchema, type Definition } from '../../src/tl/parse.ts'
import { Sampler } from '../../src/tl/sample.ts'
import { accessHashFor } from '../../src/world/access-hash.ts'

/**
 * Existing objects, so that some random calls refer to them. Access hashes are those of the world: see `accessHashFor`.
 */
export interface Known {
  readonly channels: readonly { readonly id: bigint; readonly accessHash: bigint }[]
  readonly users: readonly { readonly id: bigint; readonly accessHash: bigint }[]
  readonly usernames: readonly string[]
}

const DEFINITIONS = parseSchema(api)
const METHODS: readonly Definition[] = DEFINITIONS.filter(({ isFunction }) => isFunction)
const LAYERS = [144, 198, 1, 999]
/** Boundary values of limits and lists. */
const BOUNDARY_NUMBERS = [0, 1, 2, 10, 11, 100, 101, 4096, 1_048_576, -1, 2 ** 31 - 1, -(2 ** 31)]
const LOWEST_DEPTH = 1
const DEPTHS = 3

/** Random well-formed calls of all methods of the schema; half of their references are valid. */
export class RandomCalls {
  readonly #random: Random
  readonly #sampler: Sampler
  readonly #known: Known
  readonly #unknown = new Set<string>()
  #accountId = 0n

  constructor(seed: number, known: Known) {
    this.#random = new Random(seed, 0, 0)
    this.#sampler = new Sampler([...DEFINITIONS, ...SERVICE_DEFINITIONS], seed)
    this.#known = known
  }

  /** Records an unsupported method, so that it is called only rarely from then on. */
  isNotOffered(call: TlObject): void {
    this.#unknown.add(call._)
  }

  /** The next call, with the access hashes of that account. */
  next(accountId: bigint): TlObject {
    this.#accountId = accountId
    let method = this.#random.pick(METHODS)
    while (this.#unknown.has(method.name) && this.#random.chance(0.99)) {
      method = this.#random.pick(METHODS)
    }
    const depth = LOWEST_DEPTH + this.#random.below(DEPTHS)
    const call = this.#season(this.#sampler.object(method, depth)) as TlObject
    if (!this.#random.chance(0.05)) return call
    return { _: 'invokeWithLayer', layer: this.#random.pick(LAYERS), query: call }
  }

  /** Replaces random values by meaningful ones. */
  #season(value: TlValue): TlValue {
    if (Array.isArray(value)) return (value as TlValue[]).map((item) => this.#season(item))
    if (typeof value !== 'object' || Buffer.isBuffer(value)) return this.#seasonScalar(value)
    const object = value as TlObject
    const reference = this.#reference(object._)
    if (reference !== null) return reference
    const entries = Object.entries(object).map(([name, field]) => [
      name,
      name === '_' ? field : this.#season(field),
    ])
    return Object.fromEntries(entries) as TlObject
  }

  #seasonScalar(value: TlValue): TlValue {
    if (this.#random.chance(0.5)) return value
    if (typeof value === 'number' && Number.isInteger(value)) {
      return this.#random.pick(BOUNDARY_NUMBERS)
    }
    if (typeof value === 'bigint') return this.#random.chance(0.5) ? 0n : this.#anyId()
    if (typeof value === 'string') return this.#random.pick(this.#known.usernames)
    return value
  }

  #anyId(): bigint {
    return this.#random.pick([...this.#known.channels, ...this.#known.users]).id
  }

  #reference(name: string): TlObject | null {
    if (this.#random.chance(0.3)) return null
    const { users, channels } = this.#known
    if (name === 'inputUser' || name === 'inputPeerUser') {
      const { id, accessHash } = this.#random.pick(users)
      return { _: name, user_id: id, access_hash: accessHashFor(this.#accountId, accessHash) }
    }
    if (name === 'inputChannel' || name === 'inputPeerChannel') {
      const { id, accessHash } = this.#random.pick(channels)
      return { _: name, channel_id: id, access_hash: accessHashFor(this.#accountId, accessHash) }
    }
    return null
  }
}
