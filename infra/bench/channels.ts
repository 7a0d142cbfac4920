import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { markedChannelId } from '@telegather/telegram'
import { call } from './json-calls.ts'

const MEBIBYTE = 1024 * 1024
/** Sizes of files, repeated in this order up to the requested total; the last file is shortened to fit. */
const FILE_MEBIBYTES = [200, 150, 120, 100, 80, 50, 20, 10, 5, 1]

const WORDS =
  'the harbour opened early today and ships waited outside for wind while news of prices came from every city along the coast where people read letters maps books about trade weather law'.split(
    ' ',
  )

/** Creates a private channel of text posts with links, bold parts and hashtags, like a news channel. Returns its identifier. */
export async function createPosts(
  control: string,
  posts: number,
  directory: string,
): Promise<string> {
  const { id } = await call<{ id: number }>('POST', `${control}/channels`, { title: 'Posts' })
  const path = join(directory, 'posts.json')
  const file = createWriteStream(path)
  file.write('{"name":"Posts","type":"public_channel","id":1,"messages":[')
  for (let post = 1; post <= posts; post++) {
    const line = `${post === 1 ? '' : ','}${JSON.stringify(exportedPost(post))}`
    if (!file.write(line)) await once(file, 'drain')
  }
  file.end(']}')
  await once(file, 'close')
  await call('POST', `${control}/channels/${id}/import`, { path })
  return markedChannelId(String(id))
}

/** A post in the format of Telegram Desktop's exports. */
function exportedPost(id: number) {
  const seconds = 1_600_000_000 + id * 600
  return {
    id,
    type: 'message',
    date: new Date(seconds * 1000).toISOString().slice(0, 19),
    date_unixtime: String(seconds),
    from: 'Posts',
    from_id: 'channel1',
    text: [
      { type: 'bold', text: `${words(id, 5)}. ` },
      words(id * 7, 20 + (id % 60)),
      { type: 'text_link', text: ' more', href: `https://example.com/posts/${id}` },
      { type: 'hashtag', text: ` #${words(id * 3, 1)}` },
    ],
    ...(id % 9 === 0 ? { reply_to_message_id: id - 1 } : {}),
  }
}

function words(seed: number, count: number): string {
  return Array.from(
    { length: count },
    (_, i) => WORDS[(seed * 31 + i * 17 + i * i) % WORDS.length],
  ).join(' ')
}

/** Creates a public channel of files of 1 to 200 MiB, `mebibytes` in total. Returns its identifier. */
export async function createFiles(control: string, mebibytes: number): Promise<string> {
  const username = 'bench_files'
  const channel = { title: 'Files', username }
  const { id } = await call<{ id: number }>('POST', `${control}/channels`, channel)
  for (let left = mebibytes, i = 0; left > 0; i++) {
    const size = Math.min(left, FILE_MEBIBYTES[i % FILE_MEBIBYTES.length] ?? 1)
    const media = { kind: 'document', name: `${i}.bin`, size: size * MEBIBYTE }
    await call('POST', `${control}/messages`, { channel_id: id, text: '', media })
    left -= size
  }
  return `@${username}`
}

/** Creates a public channel of `files` posts with a file of 4 KiB each. Returns its identifier. */
export async function createSmallFiles(control: string, files: number): Promise<string> {
  const username = 'bench_small_files'
  const channel = { title: 'Small files', username }
  const { id } = await call<{ id: number }>('POST', `${control}/channels`, channel)
  for (let i = 0; i < files; i++) {
    const media = { kind: 'document', name: `${i}.bin`, size: 4096 }
    await call('POST', `${control}/messages`, { channel_id: id, text: '', media })
  }
  return `@${username}`
}

/** Creates a public channel of `posts` short posts. Returns its identifier. */
export async function createQuietChannel(control: string, posts: number): Promise<string> {
  const username = 'bench_quiet'
  const channel = { title: 'Quiet', username }
  const { id } = await call<{ id: number }>('POST', `${control}/channels`, channel)
  for (let i = 0; i < posts; i++)
    await call('POST', `${control}/messages`, { channel_id: id, text: `Post ${i}` })
  return `@${username}`
}
