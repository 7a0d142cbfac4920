import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../../src/emulator.ts'
import type { TlObject } from '../../src/tl/object.ts'
import type { Channel } from '../../src/world/channel.ts'
import { messagesOf, type DescribedMessage } from '../control.ts'
import { cannotRun, runScenarios, SCENARIOS_TIMEOUT_MS, type Outcomes } from './telethon.ts'

interface ToldMessage {
  readonly id: number
  /** Unix seconds. */
  readonly date: number
  readonly text: string
  readonly file: {
    readonly kind: string
    readonly name: string | null
    readonly size: number
  } | null
}

interface Histories {
  readonly found: Record<
    string,
    { readonly down: readonly ToldMessage[]; readonly up: readonly number[] }
  >
  /** Occurrences of each constructor, and of each field of some of them. */
  readonly counts: Record<string, number>
}

describe.skipIf(cannotRun)('Telethon reads', () => {
  let emulator: OpenEmulator
  let outcomes: Outcomes
  let channels: Channel[]

  beforeAll(async () => {
    emulator = await startEmulator({ port: 0, controlPort: 0, world: 'demo', dataDir: null })
    channels = [...emulator.world.channels.all()]
    const username = channels[0]?.blueprint.username
    outcomes = await runScenarios('reading.py', emulator, { username })
  }, SCENARIOS_TIMEOUT_MS)

  afterAll(async () => {
    await emulator.close()
  })

  test('every dialog', () => {
    const expected = channels.map(({ id, topId, blueprint: { title, kind } }, index) => {
      const broadcast = kind === 'broadcast'
      return { id: Number(id), title, broadcast, pinned: index === 0, top: topId, unread: 0 }
    })
    const dialogs = outcomes.of('dialogs') as { id: number }[]
    expect(dialogs[0]?.id).toBe(expected[0]?.id)
    expect(dialogs.toSorted(byId)).toEqual(expected.toSorted(byId))
  })

  test('every history whole, in both directions', () => {
    const { found } = outcomes.of('histories') as Histories
    for (const channel of channels) {
      const { down, up } = found[String(channel.id)] ?? { down: [], up: [] }
      const messages = [...channel.idsFrom(1)].map((id) => channel.get(id)?.tl)
      const truth = messages.map((tl) => [tl?.['id'], tl?.['date'], tl?.['message'] ?? ''])
      expect(down.map(({ id, date, text }) => [id, date, text])).toEqual(truth.toReversed())
      expect(up).toEqual([...channel.idsFrom(1)])
    }
  })

  test('the messages of the control API, including files', async () => {
    const { found } = outcomes.of('histories') as Histories
    const id = channels[0]?.id ?? 0n
    const truth = (await messagesOf(emulator, id)).map(asTold)
    expect(found[String(id)]?.down.toReversed()).toEqual(truth)
  })

  test('pages from anywhere', () => {
    const [channel] = channels
    const ids = [...(channel?.idsFrom(1) ?? [])].toReversed()
    const pages = outcomes.of('pages') as { middle: number; date: number }
    const { middle, date } = pages
    const isOlder = (id: number) =>
      ((channel?.get(id)?.tl['date'] as number | undefined) ?? 0) < date
    expect(pages).toEqual({
      total: channel?.count,
      middle,
      date,
      newest: ids.slice(0, 3),
      below: ids.filter((id) => id < middle).slice(0, 5),
      between: ids.filter((id) => id < middle && id > middle - 9),
      older: ids.filter(isOlder).slice(0, 2),
      named: [ids.includes(middle) ? middle : null, null, ids[0]],
      none: null,
    })
  })

  test('every constructor in messages, though its layer is older', () => {
    const { counts } = outcomes.of('histories') as Histories
    const expected = new Map<string, number>()
    for (const channel of channels) {
      for (const id of channel.idsFrom(1)) {
        for (const name of partsOf(channel.get(id)?.tl ?? { _: '' })) {
          expected.set(name, (expected.get(name) ?? 0) + 1)
        }
      }
    }
    expect(counts).toEqual(Object.fromEntries(expected))
  })

  test('channels by name', () => {
    const blueprint = channels[0]?.blueprint
    const id = Number(blueprint?.id)
    expect(outcomes.of('channels')).toEqual({
      id,
      full: [id, blueprint?.about, blueprint?.participantsCount],
      nobody: 'ValueError',
      wrong: 'ChannelInvalidError',
      state: [true, true],
    })
  })

  test('without a warning', () => {
    expect(outcomes.warnings).toEqual([])
  })
})

function asTold({ id, date, text, media }: DescribedMessage): ToldMessage {
  const file = media === null ? null : { kind: media.kind, name: media.name, size: media.size }
  return { id, date: Date.parse(date) / 1000, text, file }
}

/** The names of a message's parts in Telethon's terms. */
function partsOf(message: TlObject): string[] {
  const parts = ['media', 'action', 'fwd_from', 'reply_to', 'reactions'].map(
    (name) => message[name],
  )
  const entities = (message['entities'] ?? []) as TlObject[]
  const objects = [message, ...(parts as (TlObject | undefined)[]), ...entities]
  return [
    ...objects.flatMap((object) => (object === undefined ? [] : [capitalized(object._)])),
    ...['grouped_id', 'edit_date', 'views'].filter((name) => message[name] !== undefined),
  ]
}

function capitalized(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`
}

function byId(a: { id: number }, b: { id: number }): number {
  return a.id - b.id
}
