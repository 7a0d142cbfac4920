import type { Message } from '@telegather/telegram'

type Page = readonly Message[]

/** What is stored in one transaction at most, but for the rest of a page. */
const MAX_MESSAGES = 2500

/**
 * The same messages in fewer pages: each page holds all messages that came while the one before it was being stored, so
 * that a slow Postgres gets fewer, larger transactions. Reading pauses while 2500 messages wait to be stored.
 */
export async function* gatherPages(pages: AsyncIterable<Page>): AsyncGenerator<Page> {
  let gathered: Message[] = []
  let isEnded = false
  let isAbandoned = false
  let news = Promise.withResolvers<void>()
  let room = Promise.withResolvers<void>()

  async function read(): Promise<void> {
    for await (const page of pages) {
      if (page.length === 0) continue
      gathered.push(...page)
      news.resolve()
      if (gathered.length >= MAX_MESSAGES) await room.promise
      if (isAbandoned) return
    }
  }
  const reading = read().finally(() => {
    isEnded = true
    news.resolve()
  })
  // Its error is thrown after what was read before it; until then it is not an unhandled one.
  void reading.catch(() => undefined)

  try {
    for (;;) {
      await news.promise
      const page = gathered
      gathered = []
      if (page.length === 0) {
        await reading
        return
      }
      if (!isEnded) news = Promise.withResolvers<void>()
      room.resolve()
      room = Promise.withResolvers<void>()
      yield page
    }
  } finally {
    isAbandoned = true
    room.resolve()
  }
}
