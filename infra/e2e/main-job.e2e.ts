import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { archiveOf, truthOf } from './archive.ts'
import { Client } from './client.ts'
import { comparable } from './desktop-export.ts'
import { createDataDir, startStack, type RunningStack } from './running-stack.ts'

const REAL_EXPORT = fileURLToPath(
  new URL('../../../shared/data/desktop-export/result.json', import.meta.url),
)
const REAL_CHANNEL = '1878264527'
const ACCOUNT = { phone: '+9996621001', code: '22222' }
const ACCOUNT_WITH_PASSWORD = { phone: '+9996621002', code: '22222', password: 'telegather' }
const ACCOUNT_ON_DC_4 = { phone: '+9996641003', code: '44444' }

describe('the main job, over HTTP, against the real processes', { timeout: 240_000 }, () => {
  let dataDir: string
  let stack: RunningStack
  let client: Client

  beforeAll(async () => {
    dataDir = await createDataDir()
    stack = await startStack(dataDir)
    client = new Client(stack.api)
  })
  afterAll(async () => {
    await stack.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  test('archives the first public channel of the demo whole, and only once', async () => {
    const session = await client.logIn(ACCOUNT, 'main')
    const channel = (await client.channels(session.id)).find((one) => !one.is_private)
    if (!channel) throw new Error('the demo has no public channel')
    const source = await client.createSource({
      name: 'Demo',
      identifier: `@${channel.username}`,
      channel_title: channel.title,
      access_level: 'public',
      target: 'LOCAL',
      session_ref: session.id,
    })

    const run = await client.finishedRun(source.id, 120_000)
    expect(run).toMatchObject({ state: 'COMPLETED', files_failed: 0, error: null })
    const truth = await truthOf(stack, channel.id_str)
    expect(run.messages_stored).toBe(truth.length)
    expect(run.files_stored).toBe(truth.filter((message) => message.media).length)
    expect(await archiveOf(stack, source.id)).toEqual(truth)

    const post = await fetch(`${stack.control}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ channel_id: channel.id_str, text: 'One more' }),
    })
    expect(post.ok).toBe(true)
    await client.trigger(source.id)
    const second = await client.finishedRun(source.id, 30_000)
    expect(second).toMatchObject({ state: 'COMPLETED', messages_stored: 1, files_stored: 0 })
    expect((await archiveOf(stack, source.id)).at(-1)?.text).toBe('One more')
  })

  test.skipIf(!existsSync(REAL_EXPORT))(
    'archives a real channel, loaded from its export, through an account with a password',
    async () => {
      const imported = await fetch(`${stack.control}/channels/${REAL_CHANNEL}/import`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ path: REAL_EXPORT }),
      })
      expect(imported.ok).toBe(true)
      const session = await client.logIn(ACCOUNT_WITH_PASSWORD, 'with a password')
      const source = await client.createSource({
        name: '川陀大学图书馆',
        identifier: REAL_CHANNEL,
        channel_title: '川陀大学图书馆',
        access_level: 'private',
        target: 'LOCAL',
        session_ref: session.id,
      })

      const run = await client.finishedRun(source.id, 200_000)
      expect(run).toMatchObject({ state: 'COMPLETED', files_failed: 0, error: null })
      const truth = await truthOf(stack, REAL_CHANNEL)
      expect(truth).toHaveLength(875)
      expect(await archiveOf(stack, source.id)).toEqual(truth)

      const exported = await client.exported(source.id, 'telegram-desktop')
      expect(comparable(exported)).toEqual(comparable(await readFile(REAL_EXPORT, 'utf8')))
      const again = await fetch(`${stack.control}/channels/${REAL_CHANNEL}/import`, {
        method: 'POST',
        body: exported,
      })
      expect(again.ok).toBe(true)
      expect(await truthOf(stack, REAL_CHANNEL)).toEqual(truth)
    },
  )

  test('an account of another data centre still works after every process was killed', async () => {
    const session = await client.logIn(ACCOUNT_ON_DC_4, 'on DC 4')
    const before = await client.channels(session.id)
    expect(before.length).toBeGreaterThan(10)

    await stack.kill()
    stack = await startStack(dataDir)
    client = new Client(stack.api)

    expect(await client.channels(session.id)).toEqual(before)
  })
})
