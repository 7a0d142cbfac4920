import { createLog, WakeUp } from '@telegather/service'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { fillChannelDetails } from '../src/accounts/workers/fill-channel-details.ts'
import { type Answer, callsOf, request } from './clients.ts'
import { post, startGateways, type Gateways } from './gateway.ts'

interface ListedChannel {
  readonly id_str: string
  readonly title: string
  readonly description: string | null
  readonly participants_count: number | null
  readonly is_broadcast: boolean
  readonly is_megagroup: boolean
  readonly access_hash_str: string
}

const PHONE = '+9996621001'

describe('the details of a channel', () => {
  let gateways: Gateways
  let api: string
  let sessionId: string
  const stops: (() => Promise<void>)[] = []

  beforeAll(async () => {
    gateways = await startGateways()
    ;[api] = gateways.urls
    sessionId = await logIn(PHONE)
  })
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()))
    await gateways.emulator.control.removeFaults()
  })
  afterAll(() => gateways.close())

  async function logIn(phone_number: string): Promise<string> {
    const login = { phone_number, session_name: `reader ${phone_number}` }
    const { temp_session_id } = (await post(`${api}/sessions/send-otp`, login)).body
    await post(`${api}/sessions/verify-otp`, { temp_session_id, code: '22222' })
    return String((await post(`${api}/sessions/finalize`, { temp_session_id })).body['id'])
  }

  /** Starts two workers, like two replicas. */
  function startWorkers(): void {
    const abort = new AbortController()
    const { db } = gateways.database
    const log = createLog({ name: 'test', level: 'silent' })
    const workers = [1, 2].map(() =>
      fillChannelDetails(
        { db, openSession: gateways.openSession, log },
        { pollMs: 20, maxPollMs: 20, wakeUp: new WakeUp(), signal: abort.signal },
      ),
    )
    stops.push(async () => {
      abort.abort()
      await Promise.all(workers)
    })
  }

  async function list(query = '', id = sessionId): Promise<ListedChannel[]> {
    const answer: Answer = await request('GET', `${api}/sessions/${id}/channels${query}`)
    expect(answer.status).toBe(200)
    return JSON.parse(answer.text) as ListedChannel[]
  }

  /** Ends the pause of one second after each call. */
  const skipPause = (seconds = 2) =>
    gateways.database.db
      .$client`update sessions set next_details_at = now() where next_details_at < now() + interval '1 second' * ${seconds}`

  async function filled(id = sessionId): Promise<void> {
    await vi.waitFor(
      async () => {
        await skipPause()
        const rows = await gateways.database.db
          .$client`select 1 from session_channels where session_id = ${id} and checked_at is null`
        expect(rows).toHaveLength(0)
      },
      { interval: 30 },
    )
  }

  test('are null at first, then read and stored', async () => {
    const first = await list()
    expect(first.length).toBeGreaterThan(5)
    expect(new Set(first.map(({ description }) => description))).toEqual(new Set([null]))

    startWorkers()
    await filled()
    const second = await list()
    for (const { id, participants, about } of await gateways.emulator.control.channels()) {
      const channel = second.find(({ id_str }) => id_str === String(id))
      expect(channel?.participants_count).toBe(participants)
      expect(channel?.description).toBe(about)
    }
    const calls = await callsOf(gateways, 'channels.getFullChannel')
    expect(calls).toBe(first.length)
    await list()
    await filled()
    expect(await callsOf(gateways, 'channels.getFullChannel')).toBe(calls)
  })

  test('are read again on request, and the old ones shown meanwhile', async () => {
    const before = await list()
    const calls = await callsOf(gateways, 'channels.getFullChannel')
    expect(await list('?refresh=true')).toEqual(before)
    startWorkers()
    await filled()
    expect(await callsOf(gateways, 'channels.getFullChannel')).toBe(calls + before.length)
  })

  test('wait for the end of a flood wait, which the session shows', async () => {
    await list('?refresh=true')
    const match = { method: 'channels.getFullChannel' }
    await gateways.emulator.control.placeFault({ kind: 'flood_wait', seconds: 77, match, count: 1 })
    const calls = await callsOf(gateways, 'channels.getFullChannel')
    startWorkers()
    await skipPause()
    await vi.waitFor(async () =>
      expect(await request('GET', `${api}/sessions/${sessionId}`)).toMatchObject({
        body: { state: 'flood_wait' },
      }),
    )
    await skipPause()
    expect(await callsOf(gateways, 'channels.getFullChannel')).toBe(calls + 1)

    await gateways.emulator.control.removeFaults()
    await gateways.database.db
      .$client`update sessions set flood_wait_until = null, flood_waits = '{}', next_details_at = now()`
    await filled()
  })

  test('are read by at most one call a second', async () => {
    await list('?refresh=true')
    await skipPause()
    const { $client: sql } = gateways.database.db
    const checked =
      await sql`select count(*)::int as n from session_channels where checked_at is not null`
    startWorkers()
    await vi.waitFor(async () => {
      const rows = await sql`select next_details_at > now() as later from sessions
        where exists (select 1 from session_channels where checked_at is not null)`
      expect(rows[0]).toEqual({ later: true })
    })
    const [pause] = await sql`
      select extract(epoch from next_details_at - (select max(checked_at) from session_channels))::float as seconds
      from sessions`
    expect(checked[0]).toEqual({ n: 0 })
    expect(Number(pause?.['seconds'])).toBeGreaterThanOrEqual(1)
  })

  test.each(['needs_login', 'revoked', 'banned', 'paused'])(
    'are not read while the session is %s',
    async (state) => {
      const { $client: sql } = gateways.database.db
      const other = await logIn('+9996621301')
      await list('?refresh=true')
      const { length } = await list('?refresh=true', other)
      expect(length).toBeGreaterThan(0)
      await sql`update sessions set state = ${state} where id = ${sessionId}`
      const calls = await callsOf(gateways, 'channels.getFullChannel')
      const answered = await callsWithKeysOf(PHONE)
      startWorkers()
      await filled(other)
      expect(await callsOf(gateways, 'channels.getFullChannel')).toBe(calls + length)
      expect(await callsWithKeysOf(PHONE)).toBe(answered)
      await sql`update sessions set state = 'active' where id = ${sessionId}`
      await filled()
    },
  )

  /** The number of calls of any method with keys of the account. */
  async function callsWithKeysOf(phone: string): Promise<number> {
    const { control } = gateways.emulator
    const id = (await control.accounts()).find((account) => account.phone === phone)?.id
    expect(id).toBeDefined()
    return (await control.stats())
      .filter(({ account_id }) => account_id === id)
      .flatMap(({ rpcs }) => Object.values(rpcs))
      .reduce((sum, count) => sum + count, 0)
  }

  test('are read for basic groups too; a migrated group is listed as its supergroup', async () => {
    const { control } = gateways.emulator
    const group = await control.addGroup({ title: 'Chess club', creator: PHONE })
    const moved = await control.addGroup({ title: 'Choir', creator: PHONE })
    const { migrated_to } = await control.migrateGroup(moved.id)

    const listed = await list()
    const chess = listed.filter(({ title }) => title === 'Chess club')
    expect(chess).toEqual([
      expect.objectContaining({
        id_str: group.id,
        is_broadcast: false,
        is_megagroup: false,
        access_hash_str: '0',
        participants_count: 1,
        description: null,
      }),
    ])
    const choir = listed.filter(({ title }) => title === 'Choir')
    expect(choir).toEqual([
      expect.objectContaining({ id_str: String(migrated_to), is_megagroup: true }),
    ])
    startWorkers()
    await filled()
    const again = (await list()).find(({ title }) => title === 'Chess club')
    expect(again?.description).toBe('')
  })

  test('are stored without NUL characters', async () => {
    const { control } = gateways.emulator
    const { id } = await control.addChannel({
      title: 'A\0title',
      about: 'All\0about it',
      username: 'with_nul',
    })
    // Only channels with a post are in the list of dialogs.
    await control.post({ channel_id: id, text: 'The first post' })
    startWorkers()
    await vi.waitFor(
      async () => {
        await skipPause()
        expect((await list()).find(({ id_str }) => id_str === String(id))).toMatchObject({
          title: 'A\uFFFDtitle',
          description: 'All\uFFFDabout it',
        })
      },
      { interval: 30 },
    )
  })

  test('that cannot be stored for one channel are stored for all others', async () => {
    const { $client: sql } = gateways.database.db
    const [first] = (await list('?refresh=true')).toSorted((a, b) =>
      Number(BigInt(a.id_str) - BigInt(b.id_str)),
    )
    await sql`
      create function refuse() returns trigger language plpgsql as $$ begin
        if new.checked_at is not null then raise 'refused'; end if;
        return new;
      end $$`
    await sql.unsafe(`create trigger refuse before update on session_channels
      for each row when (new.chat_id = ${first?.id_str}) execute function refuse()`)
    startWorkers()
    await vi.waitFor(
      async () => {
        await skipPause(70)
        expect(
          await sql`select chat_id from session_channels where session_id = ${sessionId} and checked_at is null`,
        ).toEqual([{ chat_id: first?.id_str }])
      },
      { interval: 30 },
    )
    await sql`drop trigger refuse on session_channels`
    await sql`update session_channels set retry_at = now()`
    await filled()
  })

  test('are deleted for channels that the account has left', async () => {
    const { $client: sql } = gateways.database.db
    await sql`
      insert into session_channels (session_id, kind, chat_id, access_hash, description, checked_at)
      values (${sessionId}, 'channel', 4711, 1, 'left', now())`
    await list()
    expect(await sql`select 1 from session_channels where chat_id = 4711`).toHaveLength(0)
  })
})
