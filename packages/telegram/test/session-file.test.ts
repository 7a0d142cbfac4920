import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_SESSION_FILE_BYTES, readSessionFile } from '../src/index.ts'
import { FairQueue } from '../src/session-formats/fair-queue.ts'
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
const readFile = (file: Uint8Array) => readSessionFile(file, { party: 'first' })

describe('session files', () => {
  test.each(SCHEMA_NAMES)('a session file of %s gives data centre and auth key', async (name) => {
    expect(await readFile(telethonFile(name, key, 4))).toEqual({
      status: 'ok',
      login: { dcId: 4, authKey: key },
    })
  })

  test('session files of Pyrogram and in WAL mode give data centre and auth key', async () => {
    const expected = { status: 'ok', login: { dcId: 2, authKey: key } }
    expect(await readFile(pyrogramFile(key))).toEqual(expected)
    const logged = sqliteFile(
      `pragma journal_mode = wal; ${table} insert into sessions values (2, ${blob(key)})`,
    )
    expect(logged[18]).toBe(2)
    expect(await readFile(logged)).toEqual(expected)
  })

  test('a session file of more than 20 MiB of other tables is read', async () => {
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
/** Generated columns, each of which needs twice the work of the one before. */
const doubled = (levels: number, first: string) =>
  [
    `c0 as (${first})`,
    ...Array.from({ length: levels }, (_, i) => `c${i + 1} as (max(c${i}, c${i}))`),
  ].join(', ')

const HOSTILE: readonly [name: string, reason: string, file: () => Buffer][] = [
  ['no bytes', 'not_a_session', () => Buffer.alloc(0)],
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
    'an unknown data centre',
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
  test('a file whose key takes minutes to compute is refused within seconds', async () => {
    // The machine decides whether the time limit or the memory limit is reached first.
    const key = computedKeyFile(
      `${doubled(11, "length(replace(hex(zeroblob(k / 400)), '0', 'ab'))")}, auth_key as (c11)`,
    )
    expect(await readFile(key)).toMatchObject({
      reason: expect.stringMatching(/^(too_slow|damaged)$/),
    })
  })

  test.each(HOSTILE)('a file with %s is refused as %s', async (_name, reason, make) => {
    const workers = () =>
      process.getActiveResourcesInfo().filter((type) => type === 'Worker').length
    const before = workers()
    expect(await readFile(make())).toEqual({
      status: 'rejected',
      reason,
      detail: expect.stringMatching(/^[A-Z].{10,}/),
    })
    expect(workers()).toBe(before)
  })

  test('a file whose key never finishes computing is refused', async () => {
    const read = await readFile(computedKeyFile(`${doubled(40, 'k')}, auth_key as (c40)`))
    // The machine decides whether the time limit or the memory limit is reached first.
    expect(['damaged', 'too_slow']).toContain(read.status === 'rejected' && read.reason)
  })

  test('reading a file does not run its triggers', async () => {
    const file = sqliteFile(`
      ${table} insert into sessions values (2, ${blob(key)});
      create trigger t after update on sessions begin ${endless.replace('with', 'insert into sessions with')} select x, null from n; end;`)
    expect(await readFile(file)).toMatchObject({ status: 'ok' })
  })

  test('a file with SQLite’s largest page size is read', async () => {
    const file = sqliteFile(
      `pragma page_size = 65536; vacuum; ${table} insert into sessions values (2, ${blob(key)})`,
    )
    expect(file.length).toBeGreaterThanOrEqual(65_536)
    expect(await readFile(file)).toMatchObject({ status: 'ok' })
  })

  test('a file with changed bytes is read or refused, and reading never throws', async () => {
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

  test('reading does not change the caller’s bytes', async () => {
    const file = valid()
    const before = Buffer.from(file)
    await readFile(file)
    expect(file.equals(before)).toBe(true)
  })

  test('concurrent reads all succeed', async () => {
    const reads = await Promise.all(Array.from({ length: 4 }, () => readFile(valid())))
    expect(new Set(reads.map(({ status }) => status))).toEqual(new Set(['ok']))
  })

  test('a party with eight waiting files gets busy, and another party’s file is read', async () => {
    const many = Array.from({ length: 12 }, () => readFile(valid()))
    const other = readSessionFile(valid(), { party: 'second' })
    const statuses = await Promise.all(many.map(async (read) => (await read).status))
    expect(statuses.filter((status) => status === 'ok')).toHaveLength(10)
    expect(statuses.filter((status) => status === 'busy')).toHaveLength(2)
    expect((await other).status).toBe('ok')
  })
})

describe('FairQueue', () => {
  const limits = { concurrency: 1, maxWaitingPerParty: 3, maxWaiting: 5 }

  test('the queues of the parties are served round-robin', async () => {
    const queue = new FairQueue(limits)
    const done: string[] = []
    const take = (party: string, name: string) => queue.run({ party }, async () => done.push(name))
    await Promise.all([
      ...['a1', 'a2', 'a3', 'a4'].map((name) => take('a', name)),
      ...['b1', 'b2'].map((name) => take('b', name)),
    ])
    expect(done).toEqual(['a1', 'a2', 'b1', 'a3', 'b2', 'a4'])
  })

  test('a call beyond the limit of its party or of all parties gets null', async () => {
    const queue = new FairQueue(limits)
    const take = (party: string) => queue.run({ party }, async () => party)
    const taken = await Promise.all(['a', 'a', 'a', 'a', 'a', 'b', 'b', 'c'].map(take))
    expect(taken).toEqual(['a', 'a', 'a', 'a', null, 'b', 'b', null])
    expect(await take('c')).toBe('c')
  })

  test('an aborted call leaves the queue and frees its place', async () => {
    const queue = new FairQueue({ concurrency: 1, maxWaitingPerParty: 1, maxWaiting: 2 })
    const busy = Promise.withResolvers<string>()
    const first = queue.run({ party: 'a' }, () => busy.promise)
    const controller = new AbortController()
    const { signal } = controller
    const started: string[] = []
    const aborted = queue.run({ party: 'b', signal }, async () => started.push('aborted'))
    controller.abort(new Error('the client has closed its connection'))
    await expect(aborted).rejects.toThrow('closed')
    const next = queue.run({ party: 'b' }, async () => started.push('next'))
    busy.resolve('done')
    await Promise.all([first, next])
    expect(started).toEqual(['next'])
    expect(await queue.run({ party: 'c' }, async () => 'free')).toBe('free')
  })

  test('the next call starts when the work of the one before fails', async () => {
    const queue = new FairQueue(limits)
    const failing = queue.run({ party: 'a' }, () => Promise.reject(new Error('failed')))
    const next = queue.run({ party: 'b' }, async () => 'done')
    await expect(failing).rejects.toThrow('failed')
    expect(await next).toBe('done')
  })
})
