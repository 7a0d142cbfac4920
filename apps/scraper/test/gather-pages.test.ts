import type { Message } from '@telegather/telegram'
import { expect, test } from 'vitest'
import { gatherPages } from '../src/messages/gather-pages.ts'

const text = (id: number) => ({ id, media: null }) as Message
const withFile = (id: number) => ({ id, media: {} }) as Message
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Pages that are available at once; `read` lists the first id of each page that was requested. */
function source(pages: readonly (readonly Message[])[]) {
  const read: number[] = []
  async function* all() {
    for (const page of pages) {
      read.push(page[0]?.id ?? 0)
      yield page
    }
  }
  return { pages: all(), read }
}

const idsOf = (pages: readonly (readonly Message[])[]) =>
  pages.map((page) => page.map(({ id }) => id))

test('messages that arrive while a page is being stored are one page', async () => {
  const { pages } = source([[text(1)], [text(2)], [text(3)], [text(4)]])
  const stored: (readonly Message[])[] = []
  for await (const page of gatherPages(pages)) {
    stored.push(page)
    await turn()
  }
  expect(idsOf(stored).flat()).toEqual([1, 2, 3, 4])
  expect(stored.length).toBeLessThan(4)
})

test('a message with a file does not end a page', async () => {
  const { pages, read } = source([[text(1)], [withFile(2)], [text(3)], [withFile(4)], [text(5)]])
  const gathered = gatherPages(pages)
  const first = await gathered.next()
  while (!read.includes(5)) await turn()
  await turn()
  const all = [first.value ?? []]
  for await (const page of gathered) all.push(page)
  expect(idsOf(all)).toEqual([[1], [2, 3, 4, 5]])
})

test('reading pauses while 2500 messages wait to be stored', async () => {
  const many = Array.from({ length: 50 }, (_, page) =>
    Array.from({ length: 100 }, (_, i) => text(page * 100 + i + 1)),
  )
  const { pages, read } = source(many)
  const gathered = gatherPages(pages)
  await gathered.next()
  for (let i = 0; i < 100; i++) await turn()
  expect(read.length).toBeLessThanOrEqual(27)
  await gathered.return(undefined)
})

test('an error is thrown after the messages that were read before it', async () => {
  async function* failing() {
    yield [text(1)]
    throw new Error('no more')
  }
  const gathered = gatherPages(failing())
  expect((await gathered.next()).value).toEqual([text(1)])
  await expect(gathered.next()).rejects.toThrow('no more')
})

test('an empty page does not end the reading', async () => {
  async function* slowly() {
    for (const page of [[], [withFile(1)], [], [text(2)]]) {
      yield page
      await turn()
    }
  }
  const stored: (readonly Message[])[] = []
  for await (const page of gatherPages(slowly())) stored.push(page)
  expect(idsOf(stored).flat()).toEqual([1, 2])
})
