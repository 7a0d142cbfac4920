/** This project's engine: `history` and `download` of the Telegram port. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Channel,
  type Message,
  type Telegram,
  resolveChannel,
  connectTelegram,
  download,
  history,
} from '@telegather/telegram'
import { emulatorConfig, signInTestAccount } from '@telegather/telegram/testing'
import { contest, type Task } from './contest.ts'

/** Parallel downloads, as in the scraper. */
const PARALLEL_FILES = 3

await contest(async (task) => {
  const telegram = await logIn(task)
  const channel = await resolveChannel(telegram, task.channel)
  if (task.name === 'history') return async () => await readHistory(telegram, channel)
  const messages: Message[] = []
  for await (const page of history(telegram, channel, { afterId: 0 })) messages.push(...page)
  return async () => await downloadAll(telegram, messages, task.directory)
})

async function logIn({ dcs, publicKeyPem, phone }: Task): Promise<Telegram> {
  const config = emulatorConfig({ dcs, publicKeyPem })
  return await connectTelegram(config, await signInTestAccount(config, phone))
}

async function readHistory(telegram: Telegram, channel: Channel): Promise<number> {
  let posts = 0
  for await (const page of history(telegram, channel, { afterId: 0 })) posts += page.length
  return posts
}

async function downloadAll(telegram: Telegram, messages: readonly Message[], directory: string) {
  let bytes = 0
  const queue = messages.values()
  const lane = async (): Promise<void> => {
    for (const { id, media } of queue) {
      if (media === null) continue
      const refresh = () => Promise.reject(new Error('the file reference is fresh'))
      const file = await open(join(directory, String(id)), 'wx')
      for await (const chunk of download(telegram, media, { refresh })) await file.writeFile(chunk)
      await file.close()
      bytes += media.size
    }
  }
  await Promise.all(Array.from({ length: PARALLEL_FILES }, lane))
  return bytes
}
