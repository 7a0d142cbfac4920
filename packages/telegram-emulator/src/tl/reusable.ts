import type { TlObject } from './object.ts'

/**
 * An object that is sent repeatedly. It is built on first use and encoded once per layer; only the bytes are kept. It
 * can be used wherever a boxed object of its type is allowed, and exposes only its name.
 */
export class ReusableObject {
  readonly _: string
  readonly #make: () => TlObject
  // A dedicated slot for the first layer used, since nearly all requests use the same layer.
  #layer = 0
  #encoded: Buffer | null = null
  #others: Map<number, Buffer> | null = null

  private constructor(name: string, make: () => TlObject) {
    this._ = name
    this.#make = make
  }

  /** @param make returns an equal object on every call */
  static of(name: string, make: () => TlObject): TlObject {
    return new ReusableObject(name, make) as unknown as TlObject
  }

  make(): TlObject {
    return this.#make()
  }

  /** The bytes stored with {@link keep} for a layer. */
  encoded(layer: number): Buffer | undefined {
    return this.#encoded !== null && this.#layer === layer
      ? this.#encoded
      : this.#others?.get(layer)
  }

  keep(layer: number, encoded: Buffer): void {
    if (this.#encoded === null) {
      this.#layer = layer
      this.#encoded = encoded
    } else {
      this.#others ??= new Map()
      this.#others.set(layer, encoded)
    }
  }
}

/** Undefined for any other object. */
export function asReusable(object: TlObject): ReusableObject | undefined {
  return object instanceof ReusableObject ? object : undefined
}
