import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { NewMessage, type NewMessageEvent } from 'telegram/events/index.js'
import { Api } from 'telegram/tl/index.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { DEMO_BOT } from '../src/world/demo-accounts.ts'
import { connect, signIn } from './gramjs.ts'
import { pushedTo } from './pushed.ts'

let emulator: OpenEmulator
let bot: TelegramClient
let person: TelegramClient

beforeAll(async () => {
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'demo', dataDir: null })
  bot = await connect(emulator)
  await bot.invoke(
    new Api.auth.ImportBotAuthorization({ apiId: 1, apiHash: 'any', botAuthToken: DEMO_BOT.token }),
  )
  person = await connect(emulator)
  await signIn(person, '+9996621001')
})

afterAll(async () => {
  await bot.destroy()
  await person.destroy()
  await emulator.close()
})

test('a bot replies to a user who writes first, because the update includes the user', async () => {
  const pushed = pushedTo(bot)
  const heard = new Promise<NewMessageEvent>((resolve) => {
    bot.addEventHandler(resolve, new NewMessage({ incoming: true }))
  })
  await person.sendMessage(DEMO_BOT.username, { message: '/start' })
  const { message } = await heard
  await message.respond({ message: 'welcome' })
  expect(pushed[0]).toMatchObject({ className: 'UpdateNewMessage' })
  const [answer] = await person.getMessages(DEMO_BOT.username, { limit: 1 })
  expect(answer?.message).toBe('welcome')
})
