import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../../src/emulator.ts'
import type { TlObject } from '../../src/tl/object.ts'
import type { Channel } from '../../src/world/channel.ts'
import type { ChannelMessage } from '../../src/world/model.ts'
import { cannotRun, runScenarios, SCENARIOS_TIMEOUT_MS, type Outcomes } from './telethon.ts'

const WORD = 'reading'

describe.skipIf(cannotRun)('Telethon finds', () => {
  let emulator: OpenEmulator
  let outcomes: Outcomes
  let channel: Channel
  let group: Channel

  beforeAll(async () => {
    emulator = await startEmulator({ port: 0, controlPort: 0, world: 'demo', dataDir: null })
    const [first, second] = emulator.world.channels.all()
    if (first === undefined || second === undefined) throw new Error('no channels')
    channel = first
    group = second
    outcomes = await runScenarios('search.py', emulator, {
      username: first.blueprint.username,
      group: second.blueprint.username,
      word: WORD,
    })
  }, SCENARIOS_TIMEOUT_MS)

  afterAll(async () => {
    await emulator.close()
  })

  function idsWhere(place: Channel, isWanted: (message: ChannelMessage) => boolean): number[] {
    const ids = [...place.idsFrom(1)].filter((id) => {
      const message = place.get(id)
      return message !== undefined && isWanted(message)
    })
    return ids.toReversed()
  }

  test('messages by their words and by media kind', () => {
    const found = outcomes.of('messages') as Record<string, unknown>
    // File names are searched, as by Telegram.
    const isMatch = ({ tl, media }: ChannelMessage) =>
      `${tl['message'] as string} ${media?.file.name ?? ''}`.toLowerCase().includes(WORD)
    const words = idsWhere(channel, isMatch)
    expect(words.length).toBeGreaterThan(0)
    expect(found).toMatchObject({
      words,
      nothing: [],
      photos: idsWhere(channel, ({ media }) => media?.kind === 'photo'),
      documents: idsWhere(channel, ({ media }) => media?.kind === 'document'),
    })
    expect(found['everywhere']).toBeGreaterThanOrEqual(words.length)
  })

  test('messages by their author', () => {
    const { author, found } = outcomes.of('by_author') as { author: number; found: number[] }
    const isTheirs = ({ tl }: ChannelMessage) =>
      (tl['from_id'] as TlObject | undefined)?.['user_id'] === BigInt(author)
    expect(found.length).toBeGreaterThan(0)
    expect(found).toEqual(idsWhere(group, isTheirs))
  })

  test('people by number, name and contact, but not missing ones', () => {
    expect(outcomes.of('people')).toEqual({
      imported: [[7, true]],
      names: [['Known', true]],
      searched: true,
      by_phone: true,
    })
  })

  test('without a warning', () => {
    expect(outcomes.warnings).toEqual([])
  })
})
