import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { TlObject } from '../tl/object.ts'
import type { ChannelMessage } from '../world/model.ts'
import type { ArchetypeName } from './archetypes.ts'
import { generateTimeline } from './generate-timeline.ts'

/** Measurements of public channels, which are not part of the project. */
const PROFILE = new URL('../../../../../shared/data/channel-profile.json', import.meta.url)
const profilePath = fileURLToPath(PROFILE)

type Table = Readonly<Record<string, number>>

interface Profile {
  readonly messages: number
  readonly posts: number
  readonly kind_fraction: Table
  readonly text_len: Table
  readonly entities_per_post: Table
  readonly entity_types: Table
  readonly gap_seconds: Table
  readonly views: Table
  readonly views_log_sd: number
  readonly forwards_per_view: Table
  readonly edited_visible_fraction: number
  readonly edited_hidden_fraction: number
  readonly forwarded_fraction: number
  readonly reply_fraction: number
  readonly id_gap_fraction: number
  readonly inline_buttons_fraction: number
}

const MEASURED: readonly [string, ArchetypeName][] = [
  ['albums_city_places_ru', 'cityPlaces'],
  ['deals_links_es', 'deals'],
  ['regional_news_ru', 'regionalNews'],
  ['short_news_uk', 'shortNews'],
  ['shop_albums_ru', 'shop'],
  ['fin_education_ru', 'moneyLessons'],
  ['agency_news_ru', 'agencyNews'],
]

const ENTITY_NAMES: Readonly<Record<string, string>> = {
  Bold: 'messageEntityBold',
  TextUrl: 'messageEntityTextUrl',
  Hashtag: 'messageEntityHashtag',
  Mention: 'messageEntityMention',
  Url: 'messageEntityUrl',
  Italic: 'messageEntityItalic',
}

function generated(archetype: ArchetypeName): ChannelMessage[][] {
  const lastDate = 1_780_000_000
  const base = { channelId: 1_700_000_001n, kind: 'broadcast', title: 'T', people: [] } as const
  const timeline = generateTimeline({ ...base, archetype, seed: 'profile', posts: 2560, lastDate })
  const posts: ChannelMessage[][] = []
  let group: unknown
  for (const id of timeline.idsFrom(1)) {
    const message = timeline.get(id)
    if (message === undefined) continue
    const next = message.tl['grouped_id']
    if (next !== undefined && next === group) posts.at(-1)?.push(message)
    else posts.push([message])
    group = next
  }
  return posts
}

function singleKind({ tl, media }: ChannelMessage): string {
  if (media !== null) return media.kind
  if (tl._ === 'messageService') return 'service'
  const kinds: Readonly<Record<string, string>> = {
    messageMediaWebPage: 'webpage',
    messageMediaPoll: 'poll',
    messageMediaUnsupported: 'unsupported',
  }
  return kinds[(tl['media'] as TlObject | undefined)?._ ?? ''] ?? 'text'
}

function postKind(post: readonly ChannelMessage[]): string {
  const [first] = post
  if (first === undefined || post.length === 1) return first === undefined ? '' : singleKind(first)
  const kinds = [...new Set(post.map(singleKind))].toSorted()
  return `album:${kinds.join('+')}`
}

function share<Item>(items: readonly Item[], matches: (item: Item) => boolean): number {
  return items.filter(matches).length / items.length
}

function at(values: readonly number[], probability: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(probability * sorted.length))] ?? 0
}

/** Within a relative or an absolute tolerance of the measured figure. */
function expectNear(
  actual: number,
  measured: number,
  tolerance: [share: number, least: number],
): void {
  const allowed = Math.max(measured * tolerance[0], tolerance[1])
  expect(Math.abs(actual - measured), `${actual} against ${measured}`).toBeLessThanOrEqual(allowed)
}

describe.skipIf(!existsSync(profilePath))('generated channels beside measured ones', () => {
  const profiles = existsSync(profilePath)
    ? (JSON.parse(readFileSync(profilePath, 'utf8')) as { archetypes: Record<string, Profile> })
    : { archetypes: {} }

  test.each(MEASURED)('%s', (name, archetype) => {
    const profile = profiles.archetypes[name]
    if (profile === undefined) throw new Error(`the profile lacks ${name}`)
    const posts = generated(archetype)
    const firsts = posts.flatMap(([first]) => first ?? []).filter(({ tl }) => tl._ === 'message')
    const tls = firsts.map(({ tl }) => tl)

    for (const [kind, fraction] of Object.entries(profile.kind_fraction)) {
      expectNear(
        share(posts, (post) => postKind(post) === kind),
        fraction,
        [0.1, 0.025],
      )
    }
    const perPost = posts.reduce((sum, post) => sum + post.length, 0) / posts.length
    expectNear(perPost, profile.messages / profile.posts, [0.2, 0])

    const lengths = tls.map((tl) => (tl['message'] as string).length)
    for (const point of ['0.1', '0.25', '0.5', '0.75', '0.9']) {
      expectNear(at(lengths, Number(point)), profile.text_len[point] ?? 0, [0.15, 15])
    }
    const entities = tls.map((tl) => (tl['entities'] ?? []) as TlObject[])
    for (const point of ['0.25', '0.5', '0.75', '0.9']) {
      const measured = profile.entities_per_post[point] ?? 0
      expectNear(
        at(
          entities.map(({ length }) => length),
          Number(point),
        ),
        measured,
        [0.2, 1],
      )
    }
    const all = entities.flat()
    const total = Object.values(profile.entity_types).reduce((a, b) => a + b)
    for (const [type, count] of Object.entries(profile.entity_types)) {
      const constructor = ENTITY_NAMES[type]
      if (constructor === undefined || total < 50) continue
      expectNear(
        share(all, (entity) => entity._ === constructor),
        count / total,
        [0.15, 0.06],
      )
    }

    const dates = posts.map(([first]) => Number(first?.tl['date']))
    const gaps = dates.slice(1).map((date, index) => date - (dates[index] ?? 0))
    for (const point of ['0.1', '0.25', '0.5', '0.75', '0.9']) {
      expectNear(at(gaps, Number(point)), profile.gap_seconds[point] ?? 0, [0.2, 5])
    }
    const views = tls.map((tl) => Number(tl['views']))
    expectNear(Math.log(at(views, 0.5)), Math.log(profile.views['0.5'] ?? 1), [0, 0.7])
    const logs = views.map((count) => Math.log(count))
    const mean = logs.reduce((a, b) => a + b) / logs.length
    const deviation = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length)
    expectNear(deviation, profile.views_log_sd, [0.15, 0.1])
    const forwards = tls.map((tl) => Number(tl['forwards']) / Number(tl['views']))
    expectNear(at(forwards, 0.5), profile.forwards_per_view['0.5'] ?? 0, [0.25, 0.001])

    const edited = (hidden: boolean) => (tl: TlObject) =>
      tl['edit_date'] !== undefined && (tl['edit_hide'] === true) === hidden
    expectNear(share(tls, edited(false)), profile.edited_visible_fraction, [0.1, 0.03])
    expectNear(share(tls, edited(true)), profile.edited_hidden_fraction, [0.1, 0.03])
    expectNear(
      share(tls, (tl) => tl['fwd_from'] !== undefined),
      profile.forwarded_fraction,
      [0.1, 0.03],
    )
    expectNear(
      share(tls, (tl) => tl['reply_to'] !== undefined),
      profile.reply_fraction,
      [0.1, 0.02],
    )
    expectNear(
      share(tls, (tl) => tl['reply_markup'] !== undefined),
      profile.inline_buttons_fraction,
      [0.05, 0.02],
    )
    const ids = posts.flat().map(({ tl }) => Number(tl['id']))
    const skipped = ids.slice(1).map((id, index) => id - (ids[index] ?? 0) > 1)
    expectNear(
      share(skipped, (gap) => gap),
      profile.id_gap_fraction,
      [0.1, 0.015],
    )
  })
})
