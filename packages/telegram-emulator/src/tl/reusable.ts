import type { TlObject } from './object.ts'

/**
 * An object that is sent again and again: made when it is first needed, encoded once for each layer, and only the
 * bytes are kept. It stands wherever a boxed object of its type may, and shows nothing but its name.
 */
export class ReusableObject {
  readonly _: string
  readonly #make: () => TlObject
  // Nearly all that is asked for is asked for in one layer.
  #layer = 0
  #encoded: Buffer | null = null
  #others: Map<number, Buffer> | null = null

  private constructor(name: string, make: () => TlObject) {
    this._ = name
    this.#make = make
  }

  /** @param make gives the same object every time */
  static of(name: string, make: () => TlObject): TlObject {
    return new ReusableObject(name, make) as unknown as TlObject
  }

  make(): TlObject {
    return this.#make()
  }

  /** What {@link keep} got for a layer. */
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

/** Undefined for every other object. */
export function asReusable(object: TlObject): ReusableObject | undefined {
  return object instanceof ReusableObject ? object : undefined
}
