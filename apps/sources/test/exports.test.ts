import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { exportsApi, type Message } from '@telegather/contracts'
import { ACTOR_HEADER } from '@telegather/service'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { addArchive, addFile, addMessages } from './archives.ts'
import { startService, type Service } from './service.ts'

/**
 * Records of a CSV file by RFC 4180; nothing but what it allows is understood, and nothing outside quotes that
 * LibreOffice takes for a separator.
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

describe('an export', () => {
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

  test('as JSON lines has every message as the API tells it, oldest first', async () => {
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

  test('of nothing is empty, with what its format begins and ends with', async () => {
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

  test('as CSV can be read back, and runs nothing in a spreadsheet', async () => {
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

  test('is made while it is read: what changes meanwhile further on is in it', async () => {
    const sourceId = await addArchive(service)
    const { $client } = service.database.db
    // More than all sockets on the way hold.
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
