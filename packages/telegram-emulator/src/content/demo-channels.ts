import type { ChannelBlueprint } from '../world/model.ts'
import type { ArchetypeName } from './archetypes.ts'
import { ARCHETYPES } from './archetypes.ts'
import { generateTimeline, usualFirstDate } from './generate-timeline.ts'
import { generatePeople } from './people.ts'
import { hashText, Random } from './random.ts'

const CHANNEL_SUBJECT = 3
const MIB = 1024 * 1024

interface DemoChannel {
  readonly id: bigint
  readonly kind: 'broadcast' | 'supergroup'
  readonly archetype: ArchetypeName
  readonly title: string
  readonly username: string | null
  readonly about: string
  readonly participants: number
  readonly posts: number
  readonly people: number
  readonly maxFileBytes: number
  readonly signed?: boolean
  readonly discussionId?: bigint
}

const READERS_GROUP = 1_702_335_118n
const MONEY_GROUP = 1_811_904_427n

/** In the order of the dialogs. */
const DEMO_CHANNELS: readonly DemoChannel[] = [
  {
    id: 1_523_846_709n,
    kind: 'broadcast',
    archetype: 'library',
    title: 'Open Reading Room',
    username: 'reading_room_demo',
    about: 'Scans, catalogues and recordings from our shelves. New papers every day.',
    participants: 8412,
    posts: 240,
    people: 6,
    maxFileBytes: 6 * MIB,
    signed: true,
    discussionId: READERS_GROUP,
  },
  {
    id: READERS_GROUP,
    kind: 'supergroup',
    archetype: 'community',
    title: 'Reading Room · Talk',
    username: 'reading_room_talk_demo',
    about: 'Questions about books, maps and everything between.',
    participants: 1294,
    posts: 900,
    people: 60,
    maxFileBytes: 20 * MIB,
  },
  {
    id: 1_390_275_664n,
    kind: 'broadcast',
    archetype: 'cityPlaces',
    title: 'Прогулки по городу',
    username: 'progulki_demo',
    about: 'Дворы, мосты и лестницы. Каждый день новое место.',
    participants: 52_310,
    posts: 160,
    people: 2,
    maxFileBytes: 30 * MIB,
  },
  {
    id: 1_654_210_987n,
    kind: 'broadcast',
    archetype: 'shortNews',
    title: 'Коротко про місто',
    username: 'korotko_misto_demo',
    about: 'Новини одним реченням.',
    participants: 31_877,
    posts: 620,
    people: 4,
    maxFileBytes: 40 * MIB,
  },
  {
    id: 1_277_518_030n,
    kind: 'broadcast',
    archetype: 'deals',
    title: 'Chollos del día',
    username: 'chollos_del_dia_demo',
    about: 'Ofertas comprobadas, cada cuarto de hora.',
    participants: 96_204,
    posts: 800,
    people: 1,
    maxFileBytes: 20 * MIB,
  },
  {
    id: 2_015_733_846n,
    kind: 'broadcast',
    archetype: 'techDigest',
    title: '川流技术摘要',
    username: 'chuanliu_digest_demo',
    about: '每天几条值得一读的技术消息。',
    participants: 6120,
    posts: 520,
    people: 3,
    maxFileBytes: 20 * MIB,
    signed: true,
  },
  {
    id: 1_148_907_325n,
    kind: 'broadcast',
    archetype: 'regionalNews',
    title: 'Вестник Приозёрья',
    username: 'priozerye_demo',
    about: 'Газета района. Пишите: desk@example.org',
    participants: 2744,
    posts: 420,
    people: 5,
    maxFileBytes: 60 * MIB,
  },
  {
    id: 1_936_042_718n,
    kind: 'broadcast',
    archetype: 'moneyLessons',
    title: 'Уроки про деньги',
    username: 'uroki_dengi_demo',
    about: 'Разбираем бюджет, вклады и привычки без спешки.',
    participants: 18_930,
    posts: 330,
    people: 8,
    maxFileBytes: 80 * MIB,
    discussionId: MONEY_GROUP,
  },
  {
    id: MONEY_GROUP,
    kind: 'supergroup',
    archetype: 'community',
    title: 'Money talk (members)',
    username: null,
    about: 'For subscribers of the course.',
    participants: 412,
    posts: 380,
    people: 30,
    maxFileBytes: 20 * MIB,
  },
  {
    id: 2_140_559_273n,
    kind: 'broadcast',
    archetype: 'agencyNews',
    title: 'Harbour Wire',
    username: 'harbour_wire_demo',
    about: 'Flashes from the coast, around the clock.',
    participants: 720_415,
    posts: 210,
    people: 2,
    maxFileBytes: 60 * MIB,
  },
  {
    id: 1_469_380_551n,
    kind: 'broadcast',
    archetype: 'shop',
    title: 'Лавка у моста',
    username: null,
    about: 'Керамика и лён. Заказы в личные сообщения.',
    participants: 1033,
    posts: 90,
    people: 1,
    maxFileBytes: 40 * MIB,
  },
  {
    id: 2_208_416_992n,
    kind: 'supergroup',
    archetype: 'circle',
    title: 'Родинне коло',
    username: null,
    about: 'Лише для своїх.',
    participants: 14,
    posts: 340,
    people: 13,
    maxFileBytes: 60 * MIB,
  },
]

export interface DemoOptions {
  readonly seed?: string
  /** Date of the newest posts, Unix seconds. */
  readonly anchorDate?: number
}

/** Default end of the posts; fixed, so that a demo world is the same after a restart. */
const DEFAULT_ANCHOR = Date.UTC(2026, 9, 31, 20) / 1000

function blueprint(channel: DemoChannel, seed: string, anchorDate: number): ChannelBlueprint {
  const { id, kind, title, archetype, posts, discussionId } = channel
  const random = new Random(hashText(seed), CHANNEL_SUBJECT, Number(id % 1_000_000_007n))
  const lastDate = anchorDate - random.below(6 * 3600)
  const { language } = ARCHETYPES[archetype]
  const people = generatePeople(`${seed}/${id}`, language, channel.people)
  const forwardSources = DEMO_CHANNELS.filter((other) => other.kind === 'broadcast')
  const firstDate = usualFirstDate(archetype, posts, lastDate)
  return {
    id,
    accessHash: random.long(),
    title,
    username: channel.username,
    kind,
    about: channel.about,
    participantsCount: channel.participants,
    createdAt: firstDate,
    people,
    timeline: generateTimeline({
      channelId: id,
      kind,
      title,
      archetype,
      seed,
      posts,
      firstDate,
      lastDate,
      people,
      signed: channel.signed ?? false,
      forwardSources: forwardSources.map((source) => source.id).filter((source) => source !== id),
      maxFileBytes: channel.maxFileBytes,
      ...(discussionId === undefined ? {} : { discussionId }),
    }),
  }
}

/**
 * The built-in demo world: a dozen channels and groups of different kinds and languages, with about 5,000 posts. The
 * first one is public and small enough to archive in seconds. The same options yield the same world.
 */
export function demoChannels({
  seed = 'demo',
  anchorDate = DEFAULT_ANCHOR,
}: DemoOptions = {}): ChannelBlueprint[] {
  return DEMO_CHANNELS.map((channel) => blueprint(channel, seed, anchorDate))
}
