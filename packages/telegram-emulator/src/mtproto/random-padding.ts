import { randomFillSync } from 'node:crypto'

/** Random bytes in store: asking for a few costs as much as for thousands. */
const store = Buffer.alloc(8192)
let used = store.length

/** Fills a target of at most some hundred bytes with random bytes that nothing else gets. */
export function fillWithPadding(target: Buffer): void {
  if (used + target.length > store.length) {
    randomFillSync(store)
    used = 0
  }
  target.set(store.subarray(used, used + target.length))
  used += target.length
}
