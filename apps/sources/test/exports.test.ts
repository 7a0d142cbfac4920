import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { exportsApi, type Message } from '@telegather/contracts'
import { ACTOR_HEADER } from '@telegather/service'
import { contentOf } from '@telegather/telegram'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { addArchive, addFile, addMessages } from './archives.ts'
import { startService, type Service } from './service.ts'

/**
 * Strict CSV parser (RFC 4180). Throws for any other syntax, and for an unquoted `;` or tab, which LibreOffice treats as
 * separators.
 */
function parseCsv(text: string): string[][] {
  const field = /("(?:[^"]|"")*"|[^",;\t\r\n]*)(,|\r\n)/y
  const records: string[][] = [[]]
  while (field.lastIndex < text.length) {
    const at = field.lastIndex
    const match = field.exec(text)
    if (!match) throw new Error(`no field at ${at}: ${text.slice(at, at + 20)}`)
    const [, written = '', end] = match
    records
      .at(-1)
      ?.push(written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written)
    if (end === '\r\n') records.push([])
  }
  return records.slice(0, -1)
}

/** Fields common to all messages of a Telegram Desktop export, which the test does not compare. */
const COMMON = new Set(['actor', 'date', 'date_unixtime', 'text', 'text_entities', 'type'])

describe('exports', () => {
  let service: Service

  beforeAll(async () => {
    service = await startService()
  })
  afterAll(() => service.close())

  const exported = async (sourceId: number, format: string) => {
    const answer = await service.ask(`/sources/${sourceId}/export?format=${format}`)
    expect(answer.status).toBe(200)
    return {
      text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(await answer.arrayBuffer()),
      headers: answer.headers,
    }
  }

  test('a JSON lines export has every message of the API, oldest first', async () => {
    const sourceId = await addArchive(service)
    await addMessages(
      service,
      sourceId,
      Array.from({ length: 450 }, (_, id) => ({ id: 2 * id + 1, text: `Line\n${id}\u2028` })),
    )
    await addFile(service, { sourceId, messageId: 3 }, { content: [Buffer.from('bytes')] })
    const { text, headers } = await exported(sourceId, 'jsonl')
    expect(headers.get('content-disposition')).toBe('attachment; filename="An archive.jsonl"')
    const lines = text.trimEnd().split('\n')
    const listed: Message[] = []
    for (let cursor = ''; ;) {
      const { body } = await service.call(`GET /sources/${sourceId}/messages?limit=200${cursor}`)
      const { items, next_cursor: next } = body as { items: Message[]; next_cursor: string | null }
      listed.push(...items)
      if (next === null) break
      cursor = `&cursor=${next}`
    }
    expect(lines.map((line) => JSON.parse(line) as Message)).toEqual(listed.toReversed())
    expect(lines).toHaveLength(450)
  })

  test('the export of an empty archive is a valid file of its format', async () => {
    const sourceId = await addArchive(service)
    expect((await exported(sourceId, 'jsonl')).text).toBe('')
    const { text } = await exported(sourceId, 'csv')
    expect(text).toMatch(/^\uFEFFmessage_id,date,.*\r\n$/)
    expect(JSON.parse((await exported(sourceId, 'telegram-desktop')).text)).toEqual({
      name: 'The channel',
      type: 'public_channel',
      id: 1_500_000_001,
      messages: [],
    })
    expect((await service.call(`GET /sources/${sourceId}/export?format=exe`)).status).toBe(400)
    const head = await service.ask(`/sources/${sourceId}/export`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  test('a CSV export can be parsed, and no cell is a formula', async () => {
    const sourceId = await addArchive(service)
    const dangerous = fc.constantFrom(
      '=1+1',
      '+1',
      '-1+1',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      '＝1',
      ' =1',
      '|x',
      '%0',
      '-12',
      '',
      '"',
      'a,b',
      'a;=1',
      'a\t=1',
      'a\r\nb',
    )
    const noNul = fc
      .string({ unit: 'binary', maxLength: 20 })
      .map((text) => text.replaceAll('\0', '.'))
    const texts = fc.sample(
      fc.tuple(dangerous, noNul).map(([start, rest]) => start + rest),
      { numRuns: 300, seed: 7 },
    )
    await addMessages(
      service,
      sourceId,
      texts.map((text, index) => ({ id: index + 1, text, authorName: text })),
    )
    const { text, headers } = await exported(sourceId, 'csv')
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present')
    expect(text.startsWith('\uFEFF')).toBe(true)
    const [names = [], ...records] = parseCsv(text.slice(1))
    const examples = exportsApi.export.schema.response[200].meta()?.['example']
    const { 'text/csv': example } = z.object({ 'text/csv': z.string() }).parse(examples)
    expect(parseCsv(example.slice(1))).toEqual([
      names,
      expect.objectContaining({ length: names.length }),
    ])
    expect(records).toHaveLength(texts.length)
    for (const [index, record] of records.entries()) {
      expect(record).toHaveLength(names.length)
      for (const cell of record) {
        const isNumber = /^-?\d+(\.\d+)?$/.test(cell)
        expect([cell, isNumber || !/^[\s\p{Cc}]*[=+\-@＝＋－＠]/u.test(cell)]).toEqual([cell, true])
      }
      const written = record[names.indexOf('text')] ?? ''
      expect([written, written.replace(/^'/, '')]).toContain(texts[index])
    }
    expect(records[0]?.[names.indexOf('author_id')]).toBe('-1001500000001')
  })

  test('CSV and JSON lines exports have the summary of contacts and service messages, and the inline bot', async () => {
    const sourceId = await addArchive(service)
    const contact = {
      type: 'contact',
      first_name: 'Ben',
      last_name: 'Ray',
      phone_number: '12025550123',
    } as const
    const title = contentOf({ action: { _: 'messageActionChatEditTitle', title: 'World' } })
    await addMessages(service, sourceId, [
      { id: 1, text: '', kind: 'contact', content: contact, viaBot: '@cards' },
      { id: 2, text: '', kind: 'service', content: title ?? undefined },
    ])
    const summaries = ['Contact: Ben Ray, +12025550123', 'The title was changed to “World”']
    const csv = await exported(sourceId, 'csv')
    const [names = [], ...records] = parseCsv(csv.text.slice(1))
    expect(records.map((record) => record[names.indexOf('summary')])).toEqual(summaries)
    expect(records.map((record) => record[names.indexOf('via_bot')])).toEqual(["'@cards", ''])
    const lines = (await exported(sourceId, 'jsonl')).text.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { summary: summaries[0], content: contact, via_bot: '@cards' },
      { summary: summaries[1], content: { action: 'edit_group_title', title: 'World' } },
    ])
  })

  test('a Telegram Desktop export has service messages, bots and reactions in Telegram Desktop’s format', async () => {
    const sourceId = await addArchive(service)
    const names = new Map([['777', 'Anna']])
    const actions: Record<string, unknown>[] = [
      { _: 'messageActionChatAddUser', users: ['777', '778'] },
      { _: 'messageActionChatJoinedByLink', inviter_id: '777' },
      {
        _: 'messageActionChatEditPhoto',
        photo: {
          _: 'photo',
          id: '5',
          sizes: [
            { _: 'photoSize', type: 'a', w: 160, h: 160, size: 9000 },
            { _: 'photoSize', type: 'c', w: 640, h: 640, size: 8000 },
          ],
        },
      },
      { _: 'messageActionSetMessagesTTL', period: 86_400 },
      { _: 'messageActionCustomAction', message: 'Done' },
      { _: 'messageActionPinMessage' },
      {
        _: 'messageActionGeoProximityReached',
        from_id: { _: 'peerUser', user_id: '777' },
        to_id: { _: 'peerChannel', channel_id: '12345' },
        distance: 5,
      },
    ]
    await addMessages(service, sourceId, [
      ...actions.map((action, index) => ({
        id: index + 1,
        text: '',
        kind: 'service' as const,
        replyToId: 40,
        raw: { _: 'messageService', action },
        content: contentOf({ action }, (id) => names.get(id) ?? null) ?? undefined,
      })),
      // A message stored before the column `content` existed.
      { id: 8, text: '', kind: 'service', raw: { _: 'messageService', action: actions[0] } },
      {
        id: 9,
        text: 'Post',
        viaBot: '@gif',
        authorId: '-1012345678901',
        raw: {
          _: 'message',
          reactions: {
            _: 'messageReactions',
            results: [{ _: 'reactionCount', count: 1, reaction: { _: 'reactionEmpty' } }],
          },
        },
      },
    ])
    const { text } = await exported(sourceId, 'telegram-desktop')
    const written = z
      .object({ messages: z.array(z.record(z.string(), z.unknown())) })
      .parse(JSON.parse(text))
      .messages.map((message) =>
        Object.fromEntries(Object.entries(message).filter(([name]) => !COMMON.has(name))),
      )
    const actor_id = 'channel1500000001'
    expect(written).toEqual([
      { id: 1, actor_id, action: 'invite_members', members: ['Anna', null] },
      { id: 2, actor_id, action: 'join_group_by_link', inviter: 'Anna' },
      {
        id: 3,
        actor_id,
        action: 'edit_group_photo',
        photo: '(File not included. Change data exporting settings to download.)',
        photo_file_size: 8000,
        width: 640,
        height: 640,
      },
      { id: 4, actor_id, action: 'set_messages_ttl', period: 86_400 },
      { id: 5, actor_id, information_text: 'Done' },
      { id: 6, actor_id, action: 'pin_message', message_id: 40 },
      {
        id: 7,
        action: 'proximity_reached',
        from: 'Anna',
        from_id: 'user777',
        to_id: 'channel12345',
        distance: 5,
      },
      { id: 8, actor_id, action: 'invite_members', members: [null, null] },
      {
        id: 9,
        from: 'The channel',
        from_id: 'channel12345678901',
        via_bot: '@gif',
        reactions: [{ type: 'empty', count: 1 }],
      },
    ])
  })

  test('an export is streamed without an open transaction: it contains a later message changed meanwhile', async () => {
    const sourceId = await addArchive(service)
    const { $client } = service.database.db
    // 80 MB, more than all socket buffers hold.
    await $client`
      insert into messages (source_id, message_id, kind, date, text, entities, reactions, raw)
      select ${sourceId}, id, 'text', now(), repeat('x', 4000), '[]', '[]', '{}' from generate_series(1, 20000) id`
    const path = `${service.url}/sources/${sourceId}/export`
    const request = get(path, { headers: { [ACTOR_HEADER]: service.actorHeader() } })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    await $client`update messages set text = 'changed meanwhile' where source_id = ${sourceId} and message_id = 20000`
    const busy = await $client`
      select 1 from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and state like 'idle in transaction%'`
    expect(busy).toEqual([])
    let lines = 0
    let end = ''
    for await (const chunk of response) {
      lines += String(chunk).split('\n').length - 1
      end = (end + String(chunk)).slice(-2000)
    }
    expect(lines).toBe(20_000)
    const last = end.trimEnd().split('\n').at(-1) ?? ''
    expect(JSON.parse(last)).toMatchObject({ message_id: 20_000, text: 'changed meanwhile' })
  })
})
