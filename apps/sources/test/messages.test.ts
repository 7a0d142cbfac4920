import type { Actor, ArchiveStats, Message } from '@telegather/contracts'
import { contentOf } from '@telegather/telegram'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { indexMessages } from '../src/search/index-messages.ts'
import { addArchive, addFile, addMessages } from './archives.ts'
import { OPERATOR, startService, type Service } from './service.ts'

const POLL = {
  type: 'poll',
  question: 'Tea or coffee?',
  answers: [
    { text: 'Tea', voters: 2, is_correct: false },
    { text: 'Coffee', voters: 1, is_correct: false },
  ],
  total_voters: 3,
  is_closed: false,
  is_quiz: false,
}

interface Page {
  readonly items: readonly Message[]
  readonly next_cursor: string | null
}

describe('messages of archives', () => {
  let service: Service

  beforeAll(async () => {
    service = await startService()
  })
  afterAll(() => service.close())

  async function list(path: string, actor?: Actor): Promise<Page> {
    const { status, body } = await service.call(`GET ${path}`, undefined, actor)
    expect([path, status]).toEqual([path, 200])
    return body as Page
  }
  const idsAt = async (path: string) => (await list(path)).items.map(({ message_id: id }) => id)

  test('polls and service messages have a content and a summary, and are found by it', async () => {
    const sourceId = await addArchive(service)
    const question = { _: 'textWithEntities', text: 'Tea?' }
    const answers = [
      { _: 'pollAnswer', text: { text: 'Green', _: 'textWithEntities' }, option: 'MA==' },
    ]
    const results = [{ _: 'pollAnswerVoters', option: 'MA==', voters: 2 }]
    const contents = [
      contentOf({
        media: {
          _: 'messageMediaPoll',
          poll: { _: 'poll', question, answers },
          results: { _: 'pollResults', results, total_voters: 2 },
        },
      }),
      contentOf({ action: { _: 'messageActionChatEditTitle', title: 'World' } }),
    ]
    await addMessages(service, sourceId, [
      { id: 1, text: 'Only a text' },
      { id: 2, text: '', kind: 'poll', content: contents[0] ?? undefined },
      { id: 3, text: '', kind: 'service', content: contents[1] ?? undefined },
      { id: 4, text: '', kind: 'voice', viaBot: '@gif' },
    ])
    const { items } = await list(`/sources/${sourceId}/messages`)
    expect(items).toMatchObject([
      { kind: 'voice', summary: 'Voice message', content: null, via_bot: '@gif' },
      {
        summary: 'The title was changed to “World”',
        content: { type: 'service', action: 'edit_group_title', title: 'World', members: [] },
      },
      {
        summary: 'Poll: Tea? Green 2 (2 votes)',
        content: { question: 'Tea?', answers: [{ text: 'Green', voters: 2 }], total_voters: 2 },
      },
      { text: 'Only a text', summary: null, content: null, via_bot: null },
    ])
    while (await indexMessages(service.database.db));
    expect(await idsAt(`/sources/${sourceId}/messages?q=world`)).toEqual([3])
    expect(await idsAt(`/sources/${sourceId}/messages?q=tea green`)).toEqual([2])
  })

  test('messages are listed newest first, with filters and files', async () => {
    const sourceId = await addArchive(service)
    await addMessages(service, sourceId, [
      { id: 1, text: 'First', date: '2025-01-01T00:00:00Z', kind: 'service' },
      { id: 2, text: 'Second', date: '2025-01-02T00:00:00Z', kind: 'document' },
      {
        id: 3,
        text: 'Third',
        date: '2025-01-03T00:00:00Z',
        entities: [{ type: 'bold', offset: 0, length: 5 }],
      },
    ])
    const file = await addFile(
      service,
      { sourceId, messageId: 2 },
      { content: [Buffer.from('bytes')], name: 'Письмо.txt', mimeType: 'text/plain' },
    )
    const { items, next_cursor } = await list(`/sources/${sourceId}/messages`)
    expect(next_cursor).toBeNull()
    expect(items).toMatchObject([
      { message_id: 3, text: 'Third', entities: [{ type: 'bold' }], files: [] },
      {
        message_id: 2,
        date: '2025-01-02T00:00:00.000Z',
        files: [
          {
            id: file.id,
            name: 'Письмо.txt',
            size: 5,
            mime_type: 'text/plain',
            sha256: file.sha256,
            state: 'stored',
            target: 'LOCAL',
            path: file.path,
          },
        ],
      },
      { message_id: 1, kind: 'service' },
    ])

    for (const path of [`/sources/${sourceId}/messages?`, `/messages?source_id=${sourceId}&`]) {
      expect(await idsAt(`${path}since=2025-01-02T00:00:00Z`)).toEqual([3, 2])
      expect(await idsAt(`${path}until=2025-01-02T00:00:00Z`)).toEqual([1])
      expect(await idsAt(`${path}since=2025-01-01T23:00:00-02:00`)).toEqual([3])
      expect(await idsAt(`${path}kind=service`)).toEqual([1])
      expect(await idsAt(`${path}has_file=true`)).toEqual([2])
      expect(await idsAt(`${path}has_file=false&kind=text`)).toEqual([3])
    }
    const [, second] = items
    const one = await service.call(`GET /messages/${second?.id}`)
    expect(one).toMatchObject({
      status: 200,
      body: { ...second, versions: [], raw: { _: 'message', id: 2 } },
    })
    for (const bad of [
      'since=yesterday',
      'since=0000-12-31T23:59:59Z',
      'until=9999-12-31T23:59:59-01:00',
      'cursor=999999999999999_1',
      'kind=none',
      'cursor=x',
      'limit=0',
      'has_file=perhaps',
      'q=',
    ])
      expect((await service.call(`GET /messages?${bad}`)).status).toBe(400)
  })

  test('an edited message has its earlier versions and files, which the search does not find', async () => {
    const sourceId = await addArchive(service)
    const [id] = await addMessages(service, sourceId, [{ id: 5, text: 'Corrected words' }])
    const message = { sourceId, messageId: 5 }
    const before = await addFile(service, message, {
      content: [Buffer.from('old')],
      name: 'old.txt',
    })
    const { $client } = service.database.db
    await $client`update files set replaced_at = now() where id = ${before.id}`
    const now = await addFile(service, message, {
      content: [Buffer.from('new')],
      name: 'new.txt',
      version: 2,
    })
    await $client`
      insert into message_versions
        (source_id, message_id, version, kind, text, content, entities, file_version)
      values (${sourceId}, 5, 1, 'document', 'Wrogn words', null, '[]', 1),
        (${sourceId}, 5, 2, 'poll', '', ${JSON.stringify(POLL)}, '[]', null)`
    while (await indexMessages(service.database.db));

    expect((await service.call(`GET /messages/${id}`)).body).toMatchObject({
      text: 'Corrected words',
      files: [{ id: now.id }],
      versions: [
        {
          version: 1,
          text: 'Wrogn words',
          summary: 'File',
          files: [{ id: before.id, name: 'old.txt' }],
        },
        {
          version: 2,
          summary: 'Poll: Tea or coffee? Tea 2, Coffee 1 (3 votes)',
          content: POLL,
          files: [],
        },
      ],
    })
    const { items } = await list(`/sources/${sourceId}/messages?q=corrected%20new`)
    expect(items).toMatchObject([{ id, files: [{ id: now.id }] }])
    expect(await idsAt(`/sources/${sourceId}/messages?q=wrogn`)).toEqual([])
    expect(await idsAt(`/sources/${sourceId}/messages?q=old`)).toEqual([])
    for (const [file, text] of [
      [before, 'old'],
      [now, 'new'],
    ] as const)
      expect(await (await service.ask(`/files/${file.id}/content`)).text()).toBe(text)
    const lines = await (await service.ask(`/sources/${sourceId}/export`)).text()
    expect(lines.trimEnd().split('\n')).toHaveLength(1)
  })

  test('paging returns each message once, although dates are equal and new messages are added', async () => {
    const sourceId = await addArchive(service)
    const date = '2025-03-01T00:00:00Z'
    await addMessages(
      service,
      sourceId,
      Array.from({ length: 25 }, (_, id) => ({ id: id + 1, date })),
    )
    const seen: number[] = []
    for (let cursor: string | null = '', pages = 0; cursor !== null; pages++) {
      const after = cursor && `&cursor=${cursor}`
      const page = await list(`/sources/${sourceId}/messages?limit=10${after}`)
      seen.push(...page.items.map(({ message_id: id }) => id))
      cursor = page.next_cursor
      await addMessages(service, sourceId, [{ id: 100 + pages, date: '2025-04-01T00:00:00Z' }])
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => 25 - index))
  })

  test('the archive of a deleted source stays readable until the archive is deleted', async () => {
    const sourceId = await addArchive(service, { deleted: true })
    const [messageId] = await addMessages(service, sourceId, [{ id: 7, text: 'Kept' }])
    const file = await addFile(service, { sourceId, messageId: 7 }, { content: [Buffer.from('x')] })
    const paths = [
      `/sources/${sourceId}/messages`,
      `/messages?source_id=${sourceId}`,
      `/messages/${messageId}`,
      `/files/${file.id}`,
      `/sources/${sourceId}/stats`,
    ]
    for (const path of paths) expect((await service.call(`GET ${path}`)).status).toBe(200)
    expect((await service.ask(`/sources/${sourceId}/export`)).status).toBe(200)
    expect((await service.ask(`/files/${file.id}/content`)).status).toBe(200)
    expect((await service.call(`GET /sources/${sourceId}`)).status).toBe(404)

    const { status } = await service.call(`DELETE /sources/${sourceId}?archive=delete`)
    expect(status).toBe(200)
    const gone = [...paths, `/sources/${sourceId}/export`, `/files/${file.id}/content`]
    for (const path of gone)
      expect([path, (await service.call(`GET ${path}`)).status]).toEqual([path, 404])
    expect((await list('/messages')).items.map(({ source_id: id }) => id)).not.toContain(sourceId)
  })

  test('lists and searches have only messages of the caller’s tenant', async () => {
    const [one, other] = [uuidv7(), uuidv7()]
    const { $client } = service.database.db
    await $client`insert into tenants (id, name) values (${one}, 'one'), (${other}, 'other')`
    const mine = await addArchive(service, { owner: { kind: 'tenant', id: one } })
    await addMessages(service, mine, [{ id: 1, text: 'Unheard of' }])
    await addArchive(service, { owner: { kind: 'tenant', id: other } })
    while (await indexMessages(service.database.db));
    const as = (id: string): Actor => ({
      keyId: 'k',
      owner: { kind: 'tenant', id },
      scopes: ['*'],
    })
    for (const path of ['/messages', '/messages?q=unheard']) {
      expect((await list(path, as(one))).items).toMatchObject([{ text: 'Unheard of' }])
      expect((await list(path, as(other))).items).toEqual([])
      expect(JSON.stringify(await list(path, OPERATOR))).not.toContain('Unheard of')
    }
  })

  test('stats have counts and the gaps between message ids', async () => {
    const sourceId = await addArchive(service)
    expect((await service.call(`GET /sources/${sourceId}/stats`)).body).toMatchObject({
      messages: 0,
      first_message: null,
      last_message: null,
      missing_messages: 0,
      holes: [],
    })
    await addMessages(
      service,
      sourceId,
      [3, 4, 8, 9, 11].map((id) => ({ id })),
    )
    await addFile(service, { sourceId, messageId: 4 }, { content: [Buffer.alloc(1000)] })
    await service.database.db.$client`
      insert into files (source_id, message_id, kind, size, location) values (${sourceId}, 8, 'photo', 5, '{}')`
    await service.database.db.$client`
      update messages set deleted_at = now() where source_id = ${sourceId} and message_id = 9`
    const { body } = await service.call(`GET /sources/${sourceId}/stats`)
    expect(body).toEqual({
      source_id: sourceId,
      messages: 5,
      deleted_messages: 1,
      first_message: { message_id: 3, date: '2025-01-01T00:03:00.000Z' },
      last_message: { message_id: 11, date: '2025-01-01T00:11:00.000Z' },
      files: { stored: 1, pending: 1, failed: 0, gone: 0, skipped: 0 },
      bytes: 1000,
      missing_messages: 4,
      holes: [
        { first_id: 10, last_id: 10 },
        { first_id: 5, last_id: 7 },
      ],
    } satisfies ArchiveStats)
  })
})
