import type { Message } from '../message.ts'
import type { ChannelRef } from '../port.ts'
import type { Telegram } from '../telegram.ts'
import { withRetry, type RetryOptions } from './retry.ts'

export interface HistoryOptions extends RetryOptions {
  /** The last message already known; 0 begins with the first. */
  readonly afterId: number
}

const PAGE = 100

/** Under way or waiting to be taken at once. */
const PAGES_AHEAD = 2

/** What waits longer than that is asked for again: it may have changed, and its file references end. */
const MAX_AGE_MS = 60_000

/** A page that was asked for. */
interface Asked {
  readonly messages: Promise<readonly Message[]>
  /** How many messages it brings beyond those of the page before it. */
  readonly brings: number
  readonly askedAt: number
}

/**
 * The messages of a channel that follow `afterId`, oldest first, in pages of up to 100. Once a page was full, up to two
 * are asked for ahead, so that Telegram's work and the caller's overlap; whoever consumes them still decides the pace.
 * Throws FloodWait when Telegram asks for a longer wait than is absorbed.
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
  const ask = (afterId: number, skip: number): Asked => {
    const messages = pageOf(telegram, ref, { ...options, signal, afterId, skip })
    // Its error is thrown when its turn comes; until then it is not an unhandled one.
    void messages.catch(() => undefined)
    return { messages, brings: skip === 0 ? PAGE : PAGE - 1, askedAt: performance.now() }
  }

  let { afterId } = options
  let asked = [ask(afterId, 0)]
  try {
    for (;;) {
      const page = await next(asked, afterId)
      if (page === null) {
        asked = [ask(afterId, 0)]
        continue
      }
      const last = page.at(-1)
      if (!last) return
      if (asked.length === 0) asked.push(ask(last.id, 0))
      const [ahead] = asked
      // The page ahead of that one begins with its last message, to show that nothing lies between them.
      if (ahead && asked.length < PAGES_AHEAD && page.length >= PAGE - 1) {
        asked.push(ask(last.id, ahead.brings - 1))
      }
      yield page
      afterId = last.id
    }
  } finally {
    abandoned.abort()
  }
}

/** What the next page brings beyond `afterId`; null when it is too old, or messages may be missing before it. */
async function next(asked: Asked[], afterId: number): Promise<readonly Message[] | null> {
  const page = asked.shift()
  if (!page || performance.now() - page.askedAt > MAX_AGE_MS) return null
  const messages = await page.messages
  const [first] = messages
  if (page.brings < PAGE && (!first || first.id > afterId)) return null
  return messages.filter(({ id }) => id > afterId)
}

async function pageOf(
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
