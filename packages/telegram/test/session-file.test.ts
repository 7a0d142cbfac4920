import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_SESSION_FILE_BYTES, readSessionFile } from '../src/index.ts'
import { Turns } from '../src/session-formats/turns.ts'
import {
  blob,
  computedKeyFile,
  pyrogramFile,
  SCHEMA_NAMES,
  sqliteFile,
  telethonFile,
} from './session-files.ts'

const key = randomBytes(256)
const table = 'create table sessions (dc_id integer primary key, auth_key blob);'
const valid = () => telethonFile('Telethon 7', key)
const readFile = (file: Uint8Array) => readSessionFile(file, { party: 'somebody' })

describe('session files', () => {
  test.each(SCHEMA_NAMES)('of %s give data centre and key', async (name) => {
    expect(await readFile(telethonFile(name, key, 4))).toEqual({
      status: 'ok',
      login: { dcId: 4, authKey: key },
    })
  })

  test('of Pyrogram do, and such as were written with a log beside them', async () => {
    const expected = { status: 'ok', login: { dcId: 2, authKey: key } }
    expect(await readFile(pyrogramFile(key))).toEqual(expected)
    const logged = sqliteFile(
      `pragma journal_mode = wal; ${table} insert into sessions values (2, ${blob(key)})`,
    )
    expect(logged[18]).toBe(2)
    expect(await readFile(logged)).toEqual(expected)
  })

  test('may hold much else', async () => {
    const crowded = sqliteFile(`
      ${table} insert into sessions values (2, ${blob(key)});
      create table entities (id integer primary key, name text);
      with recursive n(x) as (select 1 union all select x + 1 from n where x < 100000)
      insert into entities select x, hex(zeroblob(100)) from n;`)
    expect(crowded.length).toBeGreaterThan(20 * 1024 * 1024)
    expect(await readFile(crowded)).toMatchObject({ status: 'ok' })
  })
})

const endless = 'with recursive n(x) as (select 1 union all select x + 1 from n)'
/** Every further column doubles the work of the last one. */
const doubled = (levels: number, first: string) =>
  [
    `c0 as (${first})`,
    ...Array.from({ length: levels }, (_, i) => `c${i + 1} as (max(c${i}, c${i}))`),
  ].join(', ')

const HOSTILE: readonly [name: string, reason: string, file: () => Buffer][] = [
  ['nothing', 'not_a_session', () => Buffer.alloc(0)],
  ['a text', 'not_a_session', () => Buffer.from('1BVtsOGIBu…')],
  [
    'a wrong magic',
    'not_a_session',
    () => Buffer.concat([Buffer.from('SQLite format 2\0'), valid().subarray(16)]),
  ],
  ['only the magic', 'damaged', () => Buffer.from('SQLite format 3\0')],
  ['one byte too many', 'too_large', () => Buffer.concat([valid()], MAX_SESSION_FILE_BYTES + 1)],
  ['half of its pages', 'damaged', () => valid().subarray(0, 6000)],
  ['no tables', 'not_a_session', () => sqliteFile('create table a (b); drop table a')],
  ['another table', 'not_a_session', () => sqliteFile('create table messages (id integer)')],
  [
    'no such columns',
    'damaged',
    () => sqliteFile('create table sessions (id integer); insert into sessions values (1)'),
  ],
  ['no row', 'not_logged_in', () => sqliteFile(table)],
  [
    'an empty key',
    'not_logged_in',
    () => sqliteFile(`${table} insert into sessions values (2, x'')`),
  ],
  ['no key', 'not_logged_in', () => sqliteFile(`${table} insert into sessions values (2, null)`)],
  [
    'a short key',
    'not_a_session',
    () => sqliteFile(`${table} insert into sessions values (2, zeroblob(255))`),
  ],
  [
    'a huge key',
    'not_a_session',
    () => sqliteFile(`${table} insert into sessions values (2, zeroblob(40000000))`),
  ],
  [
    'a key of zeros',
    'not_logged_in',
    () => sqliteFile(`${table} insert into sessions values (2, zeroblob(256))`),
  ],
  [
    'a key as text',
    'not_a_session',
    () => sqliteFile(`${table} insert into sessions values (2, '${'k'.repeat(256)}')`),
  ],
  [
    'several logins',
    'several_logins',
    () => sqliteFile(`${table} insert into sessions values (2, ?), (4, ?)`),
  ],
  [
    'a data centre that is none',
    'unknown_data_centre',
    () => sqliteFile(`${table} insert into sessions values (77, ?)`),
  ],
  [
    'a data centre as text',
    'not_a_session',
    () =>
      sqliteFile(
        `create table sessions (dc_id, auth_key); insert into sessions values ('2; drop table', ?)`,
      ),
  ],
  [
    'a view',
    'not_a_session',
    () =>
      sqliteFile(
        `create table logins (dc_id integer, auth_key blob); insert into logins values (2, ?); create view sessions as select * from logins`,
      ),
  ],
  [
    'an endless view',
    'not_a_session',
    () =>
      sqliteFile(
        `create view sessions as ${endless} select x as dc_id, x as auth_key from n where x < 0`,
      ),
  ],
  [
    'a virtual table',
    'not_a_session',
    () =>
      sqliteFile(
        `create virtual table sessions using fts5(dc_id, auth_key); insert into sessions values (2, ?)`,
      ),
  ],
  ['a key of gigabytes', 'damaged', () => computedKeyFile('auth_key as (hex(zeroblob(k)))')],
]

describe('hostile files', () => {
  test('with a key that takes minutes are refused in seconds', async () => {
    // Whether time or memory runs out first depends on the machine.
    const key = computedKeyFile(
      `${doubled(11, "length(replace(hex(zeroblob(k / 400)), '0', 'ab'))")}, auth_key as (c11)`,
    )
    expect(await readFile(key)).toMatchObject({
      reason: expect.stringMatching(/^(too_slow|damaged)$/),
    })
  })

  test.each(HOSTILE)('with %s are refused as %s', async (_name, reason, make) => {
    const threads = process.getActiveResourcesInfo().filter((one) => one === 'Worker').length
    expect(await readFile(make())).toEqual({
      status: 'rejected',
      reason,
      detail: expect.stringMatching(/^[A-Z].{10,}/),
    })
    expect(process.getActiveResourcesInfo().filter((one) => one === 'Worker')).toHaveLength(threads)
  })

  test('whose key has no end do not get there', async () => {
    const read = await readFile(computedKeyFile(`${doubled(40, 'k')}, auth_key as (c40)`))
    // Out of memory or out of time, whichever comes first.
    expect(['damaged', 'too_slow']).toContain(read.status === 'rejected' && read.reason)
  })

  test('with triggers are only read', async () => {
    const file = sqliteFile(`
      ${table} insert into sessions values (2, ${blob(key)});
      create trigger t after update on sessions begin ${endless.replace('with', 'insert into sessions with')} select x, null from n; end;`)
    expect(await readFile(file)).toMatchObject({ status: 'ok' })
  })

  test('with the largest pages are read as others are', async () => {
    const file = sqliteFile(
      `pragma page_size = 65536; vacuum; ${table} insert into sessions values (2, ${blob(key)})`,
    )
    expect(file.length).toBeGreaterThanOrEqual(65_536)
    expect(await readFile(file)).toMatchObject({ status: 'ok' })
  })

  test('that were damaged anywhere never do more than fail', async () => {
    const whole = valid()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 40 }),
        async (changes) => {
          const file = Buffer.from(whole)
          for (const [at, byte] of changes) file[at] = byte
          const read = await readFile(file)
          expect(['ok', 'rejected']).toContain(read.status)
        },
      ),
      { numRuns: 8 },
    )
  })

  test('leave what was given as it was', async () => {
    const file = valid()
    const before = Buffer.from(file)
    await readFile(file)
    expect(file.equals(before)).toBe(true)
  })

  test('come one after the other', async () => {
    const reads = await Promise.all(Array.from({ length: 4 }, () => readFile(valid())))
    expect(new Set(reads.map(({ status }) => status))).toEqual(new Set(['ok']))
  })

  test('more than eight of which wait are put off, of whose they are, and nobody else’s', async () => {
    const many = Array.from({ length: 12 }, () => readFile(valid()))
    const theirs = readSessionFile(valid(), { party: 'somebody else' })
    const statuses = await Promise.all(many.map(async (read) => (await read).status))
    expect(statuses.filter((status) => status === 'ok')).toHaveLength(10)
    expect(statuses.filter((status) => status === 'busy')).toHaveLength(2)
    expect((await theirs).status).toBe('ok')
  })
})

describe('turns', () => {
  const limits = { atOnce: 1, waitingOfOne: 3, waiting: 5 }

  test('go from party to party', async () => {
    const turns = new Turns(limits)
    const done: string[] = []
    const take = (party: string, name: string) => turns.take({ party }, async () => done.push(name))
    await Promise.all([
      ...['a1', 'a2', 'a3', 'a4'].map((name) => take('a', name)),
      ...['b1', 'b2'].map((name) => take('b', name)),
    ])
    expect(done).toEqual(['a1', 'a2', 'b1', 'a3', 'b2', 'a4'])
  })

  test('are not waited for by more than a few, of one party or of all', async () => {
    const turns = new Turns(limits)
    const take = (party: string) => turns.take({ party }, async () => party)
    const taken = await Promise.all(['a', 'a', 'a', 'a', 'a', 'b', 'b', 'c'].map(take))
    expect(taken).toEqual(['a', 'a', 'a', 'a', null, 'b', 'b', null])
    expect(await take('c')).toBe('c')
  })

  test('are given up by a caller that leaves the queue, with its place in it', async () => {
    const turns = new Turns({ atOnce: 1, waitingOfOne: 1, waiting: 2 })
    const busy = Promise.withResolvers<string>()
    const first = turns.take({ party: 'a' }, () => busy.promise)
    const leaving = new AbortController()
    const begun: string[] = []
    const gone = turns.take({ party: 'b', signal: leaving.signal }, async () => begun.push('gone'))
    leaving.abort(new Error('the client has closed its connection'))
    await expect(gone).rejects.toThrow('closed')
    const next = turns.take({ party: 'b' }, async () => begun.push('next'))
    busy.resolve('done')
    await Promise.all([first, next])
    expect(begun).toEqual(['next'])
    expect(await turns.take({ party: 'c' }, async () => 'free')).toBe('free')
  })

  test('are handed on when the work fails', async () => {
    const turns = new Turns(limits)
    const failing = turns.take({ party: 'a' }, () => Promise.reject(new Error('failed')))
    const next = turns.take({ party: 'b' }, async () => 'done')
    await expect(failing).rejects.toThrow('failed')
    expect(await next).toBe('done')
  })
})
