import type { Message } from '@telegather/telegram'

type Page = readonly Message[]

/** Messages stored in one transaction. The last page read may exceed it. */
const MAX_MESSAGES = 2500

/**
 * Merges pages: each returned page holds all messages that arrived while the previous one was being stored, so that a slow
 * Postgres gets fewer, larger transactions. Reading pauses while 2500 messages or more wait to be stored. An error of
 * `pages` is thrown after the messages that were read before it.
 */
export async function* gatherPages(pages: AsyncIterable<Page>): AsyncGenerator<Page> {
  let gathered: Message[] = []
  let isEnded = false
  let isAbandoned = false
  let arrival = Promise.withResolvers<void>()
  let drained = Promise.withResolvers<void>()

  async function read(): Promise<void> {
    for await (const page of pages) {
      if (page.length === 0) continue
      gathered.push(...page)
      arrival.resolve()
      if (gathered.length >= MAX_MESSAGES) await drained.promise
      if (isAbandoned) return
    }
  }
  const reading = read().finally(() => {
    isEnded = true
    arrival.resolve()
  })
  // `await reading` below throws its error. Until then the rejection must not count as unhandled.
  void reading.catch(() => undefined)

  try {
    for (;;) {
      await arrival.promise
      const page = gathered
      gathered = []
      if (page.length === 0) {
        await reading
        return
      }
      if (!isEnded) arrival = Promise.withResolvers<void>()
      drained.resolve()
      drained = Promise.withResolvers<void>()
      yield page
    }
  } finally {
    isAbandoned = true
    drained.resolve()
  }
}
