import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { archivedMessages, emulatorMessages } from './archive.ts'
import { Client } from '../testing/client.ts'
import { comparable } from './desktop-export.ts'
import { ask, telethonLogin } from './documents.ts'
import { createDataDir, startStack, type RunningStack } from '../testing/running-stack.ts'

const REAL_EXPORT = fileURLToPath(
  new URL('../../../shared/data/desktop-export/result.json', import.meta.url),
)
const REAL_CHANNEL = '1878264527'
const ACCOUNT = { phone: '+9996621001', code: '22222' }
const ACCOUNT_WITH_PASSWORD = { phone: '+9996621002', code: '22222', password: 'telegather' }
const ACCOUNT_ON_DC_4 = { phone: '+9996641003', code: '44444' }

const Created = z.looseObject({ id: z.int() })
const Listed = z.object({ id: z.int(), title: z.string(), is_private: z.boolean() })

describe('the API of the running stack', { timeout: 240_000 }, () => {
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

  test('archives a public channel completely, and a second run stores only new messages', async () => {
    const session = await client.logIn(ACCOUNT, 'main')
    const channel = (await client.channels(session.id)).find(({ is_private }) => !is_private)
    if (!channel) throw new Error('The demo has no public channel')
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
    const expected = await emulatorMessages(stack, channel.id_str)
    expect(run.messages_stored).toBe(expected.length)
    expect(run.files_stored).toBe(expected.filter((message) => message.media).length)
    expect(await archivedMessages(stack, source.id)).toEqual(expected)

    const post = await fetch(`${stack.control}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ channel_id: channel.id_str, text: 'One more' }),
    })
    expect(post.ok).toBe(true)
    await client.trigger(source.id)
    const second = await client.finishedRun(source.id, 30_000)
    expect(second).toMatchObject({ state: 'COMPLETED', messages_stored: 1, files_stored: 0 })
    expect((await archivedMessages(stack, source.id)).at(-1)?.text).toBe('One more')
  })

  test.skipIf(!existsSync(REAL_EXPORT))(
    'archives a real channel, imported from its export, with an account that has a two-step password',
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
      const expected = await emulatorMessages(stack, REAL_CHANNEL)
      expect(expected).toHaveLength(875)
      expect(await archivedMessages(stack, source.id)).toEqual(expected)

      const exported = await client.exported(source.id, 'telegram-desktop')
      expect(comparable(exported)).toEqual(comparable(await readFile(REAL_EXPORT, 'utf8')))
      const again = await fetch(`${stack.control}/channels/${REAL_CHANNEL}/import`, {
        method: 'POST',
        body: exported,
      })
      expect(again.ok).toBe(true)
      expect(await emulatorMessages(stack, REAL_CHANNEL)).toEqual(expected)
    },
  )

  test('answers the examples of the API documents as documented', async () => {
    const { api, control } = stack
    for (const [title, username] of [
      ['Euronews', 'euronews_eng'],
      ['Tech News', 'technews'],
    ]) {
      const channel = { title, username, members: 'none' }
      const { body } = await ask(`${control}/channels`, { json: channel })
      const { id: channel_id } = Created.parse(body)
      for (const name of ['a.pdf', 'b.zip'])
        await ask(`${control}/messages`, {
          json: { channel_id, text: name, media: { kind: 'document', size: 1000, name } },
        })
    }

    // curl -X POST …/sessions/ -F …; curl …/sources/private
    const api_id = '12345678'
    const fields = { phone_number: '+1234567890', api_id, api_hash: 'your_hash' }
    const uploaded = await ask(`${api}/sessions/`, {
      form: { name: 'My Account', ...fields, session_string: await telethonLogin(control) },
    })
    expect(uploaded.status).toBe(200)
    // Example 1: requests.post(…, data={…})
    const session = await ask(`${api}/sessions/`, {
      data: { name: 'Main Account', ...fields, session_string: await telethonLogin(control) },
    })
    const { id: sessionId } = Created.parse(session.body)
    const { body: channels } = await ask(`${api}/sessions/${sessionId}/channels`)
    const channel = z
      .array(Listed)
      .parse(channels)
      .find(({ is_private }) => is_private)
    for (const [name, file_types] of [
      [`Scraper for ${channel?.title}`, ['pdf', 'zip']],
      ['My Scraper', ['pdf']],
    ]) {
      const json = {
        name,
        api_id: 12_345_678,
        api_hash: 'abc123',
        session_id: sessionId,
        channel_id: channel?.id,
        channel_title: channel?.title,
        file_types,
        target: 'LOCAL',
        schedule: '0 */6 * * *',
      }
      const made = await ask(`${api}/sources/private`, { json })
      const { api_id: _, api_hash: __, channel_id, ...shown } = json
      expect(made).toMatchObject({
        status: 200,
        body: { ...shown, identifier: String(channel_id), access_level: 'private' },
      })
    }

    // Example 2. It triggers a source whose first run has already started.
    const tech = await ask(`${api}/sources/public`, {
      json: {
        name: 'Tech News Scraper',
        api_id: 12_345_678,
        api_hash: 'abc123',
        channel_username: '@technews',
        file_types: ['pdf'],
        target: 'NAS',
        target_path: '/nas/tech',
        schedule: '0 0 * * *',
      },
    })
    const { id: techId } = Created.parse(tech.body)
    const triggered = await ask(`${api}/sources/${techId}/trigger`, { method: 'POST' })
    expect([tech.status, triggered.status]).toEqual([200, 202])
    expect(await client.finishedRun(techId, 60_000)).toMatchObject({ files_stored: 1 })

    // The other document: the response has the sent fields first, in the sent order, and the first run starts by itself.
    const euronews = {
      name: 'Euronews English',
      identifier: '@euronews_eng',
      channel_title: 'Euronews',
      access_level: 'public',
      target: 'LOCAL',
      session_ref: null,
    }
    const made = await ask(`${api}/sources/`, { json: euronews })
    const source = Created.parse(made.body)
    expect(Object.entries(source).slice(0, 8)).toEqual([
      ['id', source.id],
      ...Object.entries(euronews),
      ['created_at', expect.any(String)],
    ])
    expect(await client.finishedRun(source.id, 60_000)).toMatchObject({ files_stored: 2 })
    expect((await ask(`${api}/sources/`)).body).toContainEqual(expect.objectContaining(euronews))
    expect(
      await ask(`${api}/sources/`, { json: { ...euronews, access_level: 'private' } }),
    ).toMatchObject({
      status: 400,
      body: { detail: expect.stringMatching(/^Session required for private/) },
    })
    expect(await ask(`${api}/sources/${source.id}`, { method: 'DELETE' })).toEqual({
      status: 200,
      body: { message: 'Source deleted successfully' },
    })
    expect(await ask(`${api}/sessions/${sessionId}`, { method: 'DELETE' })).toMatchObject({
      status: 409,
    })
  })

  test('lists the channels of an account on another data centre after all processes were killed', async () => {
    const session = await client.logIn(ACCOUNT_ON_DC_4, 'on DC 4')
    const before = await client.channels(session.id)
    expect(before.length).toBeGreaterThan(10)

    await stack.kill()
    stack = await startStack(dataDir)
    client = new Client(stack.api)

    expect(await client.channels(session.id)).toEqual(before)
  })
})
