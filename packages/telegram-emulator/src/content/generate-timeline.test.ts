import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { PACKAGED_LAYER, loadSchemas } from '../tl/layers.ts'
import type { SchemaSet } from '../tl/schema.ts'
import type { TlObject } from '../tl/object.ts'
import { decodeFileId, channelRef } from '../world/file-id.ts'
import type { ChannelMessage } from '../world/model.ts'
import { ARCHETYPES, type ArchetypeName } from './archetypes.ts'
import { generateTimeline, type TimelineInput } from './generate-timeline.ts'
import { generatePeople } from './people.ts'

const LAST_DATE = 1_780_000_000
const NAMES = Object.keys(ARCHETYPES) as ArchetypeName[]

function timeline(archetype: ArchetypeName, input: Partial<TimelineInput> = {}) {
  const people = generatePeople('test', 'en', 9)
  const kind = archetype === 'community' || archetype === 'circle' ? 'supergroup' : 'broadcast'
  const base = { channelId: 1_700_000_001n, kind, title: 'Test', archetype, seed: 's' } as const
  const extras = { forwardSources: [1_700_000_002n], discussionId: 1_700_000_003n, signed: true }
  return generateTimeline({ ...base, posts: 700, lastDate: LAST_DATE, people, ...extras, ...input })
}

describe.each(NAMES)('%s', (archetype) => {
  let schemas: SchemaSet
  beforeAll(() => {
    schemas = loadSchemas()
  })

  test('messages survive encoding in layer 198, field by field', () => {
    const layer = schemas.layer(PACKAGED_LAYER)
    const channel = timeline(archetype)
    for (const id of channel.idsFrom(1)) {
      const tl = channel.get(id)?.tl
      expect(tl).toBeDefined()
      if (tl !== undefined) expect(schemas.decode(layer.encode(tl))).toEqual(tl)
    }
  })

  test('ids, counts and dates are consistent', () => {
    const channel = timeline(archetype)
    const ids = [...channel.idsFrom(1)]
    expect(ids.length).toBe(channel.count)
    expect(ids.at(-1)).toBe(channel.topId)
    expect([...channel.idsBelow(channel.topId + 1)].toReversed()).toEqual(ids)
    const known = new Set(ids)
    let date = 0
    for (let id = 0; id <= channel.topId + 3; id += 1) {
      const message = channel.get(id)
      expect(message !== undefined).toBe(known.has(id))
      if (message === undefined) continue
      expect(message.tl['id']).toBe(id)
      expect(message.tl['date']).toBeGreaterThanOrEqual(date)
      date = Number(message.tl['date'])
    }
    expect(date).toBeLessThanOrEqual(LAST_DATE)
  })

  test('texts are trimmed and within limits, entities lie inside them', () => {
    const channel = timeline(archetype)
    for (const id of channel.idsFrom(1)) {
      const tl = channel.get(id)?.tl ?? { _: '' }
      if (tl._ !== 'message') continue
      const text = tl['message'] as string
      expect(text).toBe(text.trim())
      expect(text.length).toBeLessThanOrEqual(4096)
      const bare = tl['media'] === undefined
      if (bare) expect(text).not.toBe('')
      let previousEnd = 0
      for (const entity of (tl['entities'] ?? []) as TlObject[]) {
        const [offset, length] = [Number(entity['offset']), Number(entity['length'])]
        expect(offset).toBeGreaterThanOrEqual(previousEnd)
        expect(length).toBeGreaterThan(0)
        previousEnd = offset + length
        expect(previousEnd).toBeLessThanOrEqual(text.length)
        const covered = text.slice(offset, previousEnd)
        if (entity._ === 'messageEntityUrl') expect(covered).toMatch(/^https:\/\/\S+$/)
        if (entity._ === 'messageEntityMention') expect(covered).toMatch(/^@\w+$/)
        if (entity._ === 'messageEntityHashtag') expect(covered).toMatch(/^#\p{L}+$/u)
      }
    }
  })

  test('file ids decode to their messages, and objects match their descriptions', () => {
    const channel = timeline(archetype)
    for (const id of channel.idsFrom(1)) {
      const message = channel.get(id)
      if (message?.media) expectFile(message, id)
    }
  })
})

function expectFile({ tl, media }: ChannelMessage, messageId: number): void {
  const file = media?.file
  const carrier = tl['media'] as TlObject
  const object = (carrier['photo'] ?? carrier['document']) as TlObject
  expect(object['id']).toBe(file?.id)
  expect(decodeFileId(file?.id ?? 0n)).toEqual({
    channelRef: channelRef(1_700_000_001n),
    messageId,
    slot: 'media',
  })
  if (object._ === 'document') {
    expect(object['size']).toBe(BigInt(file?.size ?? -1))
    const attributes = object['attributes'] as TlObject[]
    const name = attributes.find(({ _ }) => _ === 'documentAttributeFilename')?.['file_name']
    expect(name ?? null).toBe(file?.name)
    return
  }
  const largest = (object['sizes'] as TlObject[]).at(-1)
  const bytes = largest?.['size'] ?? (largest?.['sizes'] as number[] | undefined)?.at(-1)
  expect(bytes).toBe(file?.size)
  expect([largest?.['w'], largest?.['h']]).toEqual([file?.width, file?.height])
}

test('albums share an id and a date, and only their first message has a text', () => {
  const channel = timeline('shop')
  const albums = new Map<bigint, TlObject[]>()
  for (const id of channel.idsFrom(1)) {
    const tl = channel.get(id)?.tl
    const group = tl?.['grouped_id']
    if (tl !== undefined && typeof group === 'bigint')
      albums.set(group, [...(albums.get(group) ?? []), tl])
  }
  expect(albums.size).toBeGreaterThan(500)
  for (const members of albums.values()) {
    expect(members.length).toBeGreaterThanOrEqual(2)
    expect(members.length).toBeLessThanOrEqual(10)
    expect(new Set(members.map((tl) => tl['date'])).size).toBe(1)
    expect(members.slice(1).every((tl) => tl['message'] === '')).toBe(true)
    const ids = members.map((tl) => Number(tl['id']))
    expect((ids.at(-1) ?? 0) - (ids[0] ?? 0)).toBe(members.length - 1)
  }
})

test('replies refer to existing, older messages', () => {
  const channel = timeline('community')
  let answers = 0
  for (const id of channel.idsFrom(1)) {
    const target = (channel.get(id)?.tl['reply_to'] as TlObject | undefined)?.['reply_to_msg_id']
    if (typeof target !== 'number') continue
    answers += 1
    expect(target).toBeLessThan(id)
    expect(channel.get(target)).toBeDefined()
  }
  expect(answers).toBeGreaterThan(150)
})

test('the same seed yields the same channel, for any number of posts', () => {
  fc.assert(
    fc.property(fc.nat(900), fc.constantFrom(...NAMES), fc.string(), (posts, archetype, seed) => {
      const [first, second] = [
        timeline(archetype, { posts, seed }),
        timeline(archetype, { posts, seed }),
      ]
      expect(first.topId).toBe(second.topId)
      expect([...first.idsFrom(1)].length).toBe(first.count)
      const middle = Math.floor(first.topId / 2)
      expect(first.get(middle)).toEqual(second.get(middle))
      expect(first.get(first.topId + 1)).toBeUndefined()
    }),
    { numRuns: 60 },
  )
})

test('five million posts need no more memory than five', () => {
  const before = process.memoryUsage().heapUsed
  const channel = timeline('shop', { posts: 5_000_000 })
  expect(channel.count).toBeGreaterThan(20_000_000)
  const [top] = channel.idsBelow(Number.MAX_SAFE_INTEGER)
  expect(top).toBe(channel.topId)
  expect(channel.get(channel.topId)).toBeDefined()
  for (let step = 0; step < 2000; step += 1) channel.get(1 + step * 11_003)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024)
})
