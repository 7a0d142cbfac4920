/** An LRU cache of at most `capacity` values. */
export class RecentlyUsed<Value> {
  readonly #capacity: number
  readonly #values = new Map<string, Value>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** The value of `key`; created if it is not cached. */
  get(key: string, make: () => Value): Value {
    const known = this.#values.get(key)
    const value = known ?? make()
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size > this.#capacity) {
      const oldest = this.#values.keys().next()
      if (!oldest.done) this.#values.delete(oldest.value)
    }
    return value
  }

  forget(key: string): void {
    this.#values.delete(key)
  }
}
