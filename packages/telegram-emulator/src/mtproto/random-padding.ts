import { randomFillSync } from 'node:crypto'

/** A pool of random bytes: a few cost as much to generate as thousands. */
const store = Buffer.alloc(8192)
let used = store.length

/** Fills a target of at most some hundred bytes with random bytes that are used only once. */
export function fillWithPadding(target: Buffer): void {
  if (used + target.length > store.length) {
    randomFillSync(store)
    used = 0
  }
  target.set(store.subarray(used, used + target.length))
  used += target.length
}
