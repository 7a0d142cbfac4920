/**
 * Benchmark of pushed updates: `node bench/push.ts`. 500 connections, each with a key and an account of its own, are in
 * another process, which counts the frames that arrive without decrypting them.
 *
 * Measures private messages, each pushed to one connection; then posts in a channel with all accounts as members, each
 * pushed to all connections.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import type { AuthKey } from '../src/mtproto/auth-key.ts'
import { newKey } from '../src/mtproto/test-centre.ts'
import { encodeJson } from '../src/world/json.ts'
import { parseTestPhone } from '../src/world/test-phone.ts'
import type { Listening } from './listener.ts'
import { measure, report, reportHead, type Measured } from './measure.ts'

const CONNECTIONS = 500
const PRIVATE_MESSAGES = 20
const POSTS = 200
const TEXT = 'The ferry to the island leaves at a quarter past nine today, number {n} of the day.'
const LISTENER = fileURLToPath(new URL('listener.ts', import.meta.url))

function newMembers({ world }: OpenEmulator): AuthKey[] {
  return Array.from({ length: CONNECTIONS }, (_, index) => {
    const phone = parseTestPhone(`+999662${String(1000 + index)}`)
    if (phone === null) throw new Error('a test number could not be parsed')
    const key: AuthKey = { ...newKey(), accountId: world.accounts.of(phone).id }
    world.authKeys.add(key)
    return key
  })
}

/** Measures `post` until the listeners have received all of their frames. */
async function pushed(
  { dcs }: OpenEmulator,
  listening: Omit<Listening, 'port'>,
  post: () => Promise<void>,
): Promise<Measured> {
  const child = fork(LISTENER, { execArgv: ['--disable-warning=ExperimentalWarning'] })
  child.send(encodeJson({ ...listening, port: dcs[0]?.port ?? 0 }))
  await once(child, 'message')
  const measured = await measure(async () => {
    await Promise.all([once(child, 'message'), post()])
  })
  await once(child, 'exit')
  return measured
}

async function send(url: string, body: object): Promise<{ id: number }> {
  // A kept-alive connection would have been closed by the end of a measurement.
  const headers = { connection: 'close' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as { id: number }
}

const emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
const keys = newMembers(emulator)
const { controlUrl } = emulator
const messages = `${controlUrl}/messages`
const [first] = keys
const sender = String(first?.accountId)
const receivers = keys.slice(1).map(({ accountId }) => String(accountId))
reportHead()

const sent = receivers.length * PRIVATE_MESSAGES
const privately = await pushed(emulator, { keys: keys.slice(1), frames: sent }, async () => {
  for (const to of receivers) {
    await send(messages, { from: sender, to, text: TEXT, count: PRIVATE_MESSAGES })
  }
})
report('private messages, to one each', sent, 'pushes', privately)

const { id } = await send(`${controlUrl}/channels`, { title: 'Ferries' })
const posted = POSTS * CONNECTIONS
const toAll = await pushed(emulator, { keys, frames: posted }, async () => {
  await send(messages, { channel_id: id, text: TEXT, count: POSTS })
})
report(`posts, to ${CONNECTIONS} each`, POSTS, 'posts', toAll)
report('', posted, 'pushes', toAll)
await emulator.close()
