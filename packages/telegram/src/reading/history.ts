import type { Message } from '../message.ts'
import type { ChannelRef } from '../port.ts'
import type { Telegram } from '../telegram.ts'
import { withRetry, type RetryOptions } from './retry.ts'

export interface HistoryOptions extends RetryOptions {
  /** Id of the last message already read; 0 starts at the beginning. */
  readonly afterId: number
}

const PAGE = 100

/** Pages requested ahead of the one being consumed. */
const PAGES_AHEAD = 2

/** A page requested longer ago is requested again: its messages may have changed and its file references expire. */
const MAX_AGE_MS = 60_000

/** A requested page. */
interface RequestedPage {
  readonly messages: Promise<readonly Message[]>
  /** Largest number of messages that the page before it does not contain. */
  readonly maxNew: number
  /** Milliseconds on the monotonic clock. */
  readonly requestedAt: number
}

/**
 * Reads the messages of a channel after `afterId`, oldest first, in pages of up to 100 (`messages.getHistory`). After a
 * full page, up to two pages are requested ahead of the consumer. Throws FloodWait for a wait above
 * `maxFloodWaitSeconds`.
 */
export async function* history(
  telegram: Telegram,
  ref: ChannelRef,
  options: HistoryOptions,
): AsyncGenerator<readonly Message[]> {
  const abandoned = new AbortController()
  const signal = options.signal
    ? AbortSignal.any([options.signal, abandoned.signal])
    : abandoned.signal
  const request = (afterId: number, skip: number): RequestedPage => {
    const messages = fetchPage(telegram, ref, { ...options, signal, afterId, skip })
    // Avoids an unhandled rejection: the error is thrown when the page is awaited in `nextPage`.
    void messages.catch(() => undefined)
    return { messages, maxNew: skip === 0 ? PAGE : PAGE - 1, requestedAt: performance.now() }
  }

  let { afterId } = options
  let queue = [request(afterId, 0)]
  try {
    for (;;) {
      const page = await nextPage(queue, afterId)
      if (page === null) {
        queue = [request(afterId, 0)]
        continue
      }
      const last = page.at(-1)
      if (!last) return
      if (queue.length === 0) queue.push(request(last.id, 0))
      const [following] = queue
      // The second page starts with the last message of the first one. The overlap proves that no message is missing.
      if (following && queue.length < PAGES_AHEAD && page.length >= PAGE - 1) {
        queue.push(request(last.id, following.maxNew - 1))
      }
      yield page
      afterId = last.id
    }
  } finally {
    abandoned.abort()
  }
}

/**
 * Takes the next page from the queue: its messages after `afterId`. Null when the page is too old, or does not overlap
 * the previous one, so that messages may be missing between them.
 */
async function nextPage(
  queue: RequestedPage[],
  afterId: number,
): Promise<readonly Message[] | null> {
  const page = queue.shift()
  if (!page || performance.now() - page.requestedAt > MAX_AGE_MS) return null
  const messages = await page.messages
  const [first] = messages
  if (page.maxNew < PAGE && (!first || first.id > afterId)) return null
  return messages.filter(({ id }) => id > afterId)
}

async function fetchPage(
  telegram: Telegram,
  ref: ChannelRef,
  options: HistoryOptions & { readonly skip: number },
): Promise<readonly Message[]> {
  const { afterId, skip } = options
  const { messages } = await withRetry(options, () =>
    telegram.historyPage({ channel: ref, afterId, skip, limit: PAGE }, options),
  )
  return messages
}
