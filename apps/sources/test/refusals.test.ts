import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { EURONEWS, startService, type Service } from './service.ts'

describe('POST /sources', () => {
  let service: Service
  let sessionId: number

  beforeAll(async () => {
    service = await startService()
    sessionId = await service.addSession()
  })
  afterAll(() => service.close())

  const call = async (operation: string, body?: unknown) => service.call(operation, body)

  test('a source without its session is refused before other settings are checked', async () => {
    const wrong = { ...EURONEWS, access_level: 'private', schedule: 'soon', target: 'S3' }
    expect(await call('POST /sources', { ...wrong, identifier: '@nobody_there' })).toMatchObject({
      status: 400,
      body: { code: 'session_required', detail: 'Session required for private channels' },
    })
    expect(await call('POST /sources', { ...wrong, session_ref: 99 })).toMatchObject({
      status: 404,
      body: { detail: 'Session not found' },
    })
  })

  test.each([
    ['an invalid identifier', { identifier: 'a b' }, 'a b is no name, link or id of a channel'],
    ['an unknown name', { identifier: '@nobody_there' }, /^Telegram knows no such channel/],
    ['an unknown number', { identifier: 4_000_000_001 }, /^Telegram knows no such channel/],
    [
      'a private channel that the account has not joined',
      { access_level: 'private' },
      'The account is not a member of this channel',
    ],
    ['an unconfigured target', { target: 'S3' }, 'Target S3 is not configured'],
    ['a path outside the target', { target_path: '../up' }, /leaves its target/],
    ['an invalid schedule', { schedule: 'soon' }, /is no schedule/],
    ['a schedule with seconds', { schedule: '* * * * * *' }, /is no schedule/],
    ['a date as schedule', { schedule: '2030-01-01T00:00:00' }, /is no schedule/],
    ['a schedule that never matches', { schedule: '0 0 30 2 *' }, /never comes/],
    ['an unknown time zone', { timezone: 'Mars/Olympus' }, 'There is no time zone Mars/Olympus'],
    ['an empty time zone', { timezone: '', schedule: null }, 'There is no time zone '],
    ['an invalid schedule and path', { schedule: 'soon', target_path: '../up' }, /is no schedule/],
  ])('a source with %s is refused with the reason', async (_, change, detail) => {
    const answer = await call('POST /sources', { ...EURONEWS, session_ref: sessionId, ...change })
    expect(answer).toMatchObject({
      status: 400,
      body: { detail: typeof detail === 'string' ? detail : expect.stringMatching(detail) },
    })
  })

  test.each([
    ['access_level', { ...EURONEWS, access_level: 'secret' }],
    ['target', { ...EURONEWS, target: 'FTP' }],
    ['name', { ...EURONEWS, name: '  ' }],
    ['colour', { ...EURONEWS, colour: 'red' }],
    ['identifier', { ...EURONEWS, identifier: undefined }],
    ['identifier', { ...EURONEWS, identifier: { a: 1 } }],
    ['session_ref', { ...EURONEWS, session_ref: 99_999_999_999 }],
    ['file_types.0', { ...EURONEWS, file_types: ['../pdf'] }],
    ['bot_token', { ...EURONEWS, bot_token: 'secret' }],
    ['api_hash', { ...EURONEWS, api_hash: ' ' }],
    ['since', { ...EURONEWS, since: '0000-01-01T00:00:00Z' }],
    ['since', { ...EURONEWS, since: '9999-12-31T23:59:59-10:00' }],
  ])('a source with an invalid %s is refused with the field’s name', async (field, body) => {
    expect(await call('POST /sources', body)).toMatchObject({
      status: 400,
      body: { errors: expect.arrayContaining([expect.objectContaining({ field })]) },
    })
  })

  test('NUL characters of a channel title are stored as U+FFFD', async () => {
    const identifier = '@with_nul'
    await service.addChannel({ title: 'A\0title', username: 'with_nul' })
    const created = await call('POST /sources', { ...EURONEWS, identifier, channel_title: null })
    expect(created).toMatchObject({ status: 200, body: { channel_title: 'A\uFFFDtitle' } })
  })

  test('a source with a bot token is looked up by its bot, and an invalid token is refused', async () => {
    await service.database.db.$client`update sessions set use_for_public = false`
    const { control } = service.emulator
    const bot = await control.addBot()
    const channelId = await service.addChannel({ title: 'Run by a bot', username: 'run_by_a_bot' })
    await control.changeAdmins(channelId, { add: [bot.id] })
    const ofBot = { ...EURONEWS, identifier: '@run_by_a_bot', bot_token: bot.bot_token }
    const created = await call('POST /sources', ofBot)
    expect(created).toMatchObject({ status: 200, body: { has_bot_token: true } })
    const { id } = z.object({ id: z.int() }).parse(created.body)
    const [row] = await service.database.db.$client`
      select channel_id::text as channel, origin from sources
      join sessions on sessions.id = channel_session_id where sources.id = ${id}`
    expect(row).toEqual({ channel: String(channelId), origin: 'bot' })

    const stranger = '6700000009:AAE-nobody-has-this-token-000000'
    const refused = 'The bot cannot log in: Telegram does not accept the bot token'
    for (const [operation, body, detail] of [
      ['POST /sources', { ...ofBot, identifier: '@nobody_there' }, /knows no such channel/],
      ['POST /sources', { ...ofBot, identifier: '@euronews_eng' }, /not an administrator/],
      ['POST /sources', { ...ofBot, bot_token: stranger }, refused],
      ['POST /sources', { ...ofBot, bot_token: `${bot.id}:${'A'.repeat(30)}` }, refused],
      [`PATCH /sources/${id}`, { bot_token: stranger }, refused],
    ] as const)
      expect(await call(operation, body)).toMatchObject({
        status: 400,
        body: { detail: expect.stringMatching(detail) },
      })
  })
})
