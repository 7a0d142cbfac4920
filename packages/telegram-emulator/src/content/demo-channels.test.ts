import { describe, expect, test } from 'vitest'
import { channelRef } from '../world/file-id.ts'
import type { ChannelBlueprint, MessageMedia } from '../world/model.ts'
import { demoChannels } from './demo-channels.ts'

const MIB = 1024 * 1024

function files({ timeline }: ChannelBlueprint): MessageMedia[] {
  return [...timeline.idsFrom(1)].flatMap((id) => timeline.get(id)?.media ?? [])
}

function bytes(media: readonly MessageMedia[]): number {
  return media.reduce((sum, { file }) => sum + file.size, 0)
}

describe('demo', () => {
  const channels = demoChannels()

  test('has a dozen channels of every kind, about 5,000 posts and 3 GB of files', () => {
    expect(channels.length).toBe(12)
    const kinds = new Set(channels.map(({ kind, username }) => `${kind} ${username === null}`))
    expect(kinds.size).toBe(4)
    const messages = channels.reduce((sum, { timeline }) => sum + timeline.count, 0)
    expect(messages).toBeGreaterThan(5000)
    expect(messages).toBeLessThan(7000)
    expect(bytes(channels.flatMap(files))).toBeLessThan(3000 * MIB)
  })

  test('starts with a public channel that is quick to archive', () => {
    const [first] = channels
    expect(first?.username).toMatch(/^[a-z][a-z0-9_]{4,31}$/)
    expect(first?.timeline.count).toBeGreaterThanOrEqual(200)
    const media = first === undefined ? [] : files(first)
    expect(media.length).toBeGreaterThanOrEqual(20)
    const formats = new Set(media.map(({ file }) => file.format))
    expect(formats.has('pdf') && formats.has('zip')).toBe(true)
    expect(Math.max(...media.map(({ file }) => file.size))).toBeLessThan(20 * MIB)
    expect(bytes(media)).toBeLessThan(150 * MIB)
  })

  test('has ids, hashes and usernames in the format of Telegram', () => {
    const refs = new Set(channels.map(({ id }) => channelRef(id)))
    expect(refs.size).toBe(channels.length)
    const hashes = channels.map(({ accessHash }) => accessHash)
    expect(new Set(hashes).size).toBe(channels.length)
    expect(hashes.some((hash) => hash > 1n << 53n || hash < -(1n << 53n))).toBe(true)
    const people = channels.flatMap((channel) => channel.people)
    expect(new Set(people.map(({ id }) => id)).size).toBe(people.length)
    for (const name of [...channels, ...people].map(({ username }) => username)) {
      if (name !== null) expect(name).toMatch(/^[a-z][a-z0-9_]{4,31}$/)
    }
  })

  test('is the same on every start, and different for another seed', () => {
    const [again] = demoChannels()
    const [other] = demoChannels({ seed: 'other' })
    const id = 17
    expect(again?.timeline.get(id)).toEqual(channels[0]?.timeline.get(id))
    expect(other?.accessHash).not.toBe(channels[0]?.accessHash)
  })

  test('has files on both data centres, and hostile file names', () => {
    const names = channels.flatMap(files).map(({ file }) => file.name)
    expect(names.some((name) => name?.includes('/'))).toBe(true)
    expect(names.some((name) => name?.includes('\u202E'))).toBe(true)
    expect(names.some((name) => (name?.length ?? 0) > 143)).toBe(true)
    expect(names.includes(null)).toBe(true)
  })
})
