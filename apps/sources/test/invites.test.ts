import { afterAll, beforeAll, expect, test } from 'vitest'
import { EURONEWS, startService, type Service } from './service.ts'

let service: Service
let sessionId: number
beforeAll(async () => {
  service = await startService()
  sessionId = await service.addSession()
})
afterAll(() => service.close())

async function inviteTo(channel: { title: string; members: 'all' | 'none' }) {
  const id = await service.addChannel(channel)
  const channels = await service.emulator.control.channels()
  return { id, link: channels.find((one) => one.id === id)?.invite_link ?? '' }
}

const create = (identifier: string) =>
  service.call('POST /sources/private', {
    ...EURONEWS,
    access_level: 'private',
    channel_title: undefined,
    identifier,
    session_ref: sessionId,
  })

test('a source is created from an invite link of a channel that the account has joined', async () => {
  const joined = await inviteTo({ title: 'Members only', members: 'all' })
  for (const link of [joined.link, joined.link.replace('/+', '/joinchat/')]) {
    const { status, body } = await create(link)
    expect([status, body]).toMatchObject([
      200,
      { identifier: link, channel_title: 'Members only', access_level: 'private' },
    ])
  }
  const rows = await service.database.db.$client`select distinct channel_id from sources`
  expect(rows.map((row) => Number(row['channel_id']))).toEqual([joined.id])
})

test('an invite link of another channel, or an invalid one, is refused with the reason', async () => {
  const other = await inviteTo({ title: 'Others only', members: 'none' })
  for (const link of [other.link, 'https://t.me/+AbCdEfGh01234567'])
    expect(await create(link)).toMatchObject({
      status: 400,
      body: {
        code: 'channel_not_found',
        detail: 'Telegram knows no such channel, or the account is not a member of it',
      },
    })
})
