/** Message ids in ascending order, searched in logarithmic time. */
export class IdList {
  readonly #ids: number[] = []

  get size(): number {
    return this.#ids.length
  }

  /** The highest id, 0 when empty. */
  get last(): number {
    return this.#ids.at(-1) ?? 0
  }

  has(id: number): boolean {
    return this.#ids[this.countBelow(id)] === id
  }

  /** Throws RangeError unless the id is higher than every other. */
  append(id: number): void {
    if (id <= this.last) throw new RangeError(`message ${id} is not above ${this.last}`)
    this.#ids.push(id)
  }

  /** Returns whether the id was in the list. */
  delete(id: number): boolean {
    const index = this.countBelow(id)
    if (this.#ids[index] !== id) return false
    this.#ids.splice(index, 1)
    return true
  }

  countBelow(id: number): number {
    let low = 0
    let high = this.#ids.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#ids[middle] ?? Infinity) < id) low = middle + 1
      else high = middle
    }
    return low
  }

  /** In descending order, starting with the first one strictly below `beforeId`. */
  *below(beforeId: number): Iterable<number> {
    for (let index = this.countBelow(beforeId) - 1; index >= 0; index -= 1) {
      const id = this.#ids[index]
      if (id !== undefined) yield id
    }
  }

  /** In ascending order, starting with `fromId` itself if it is in the list. */
  *from(fromId: number): Iterable<number> {
    for (let index = this.countBelow(fromId); index < this.#ids.length; index += 1) {
      const id = this.#ids[index]
      if (id !== undefined) yield id
    }
  }
}
