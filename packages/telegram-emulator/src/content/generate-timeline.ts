import type { Person, Timeline } from '../world/model.ts'
import { totalWeight } from './distribution.ts'
import { ARCHETYPES, type ArchetypeName } from './archetypes.ts'
import type { Archetype } from './archetype.ts'
import type { ChannelContext } from './channel-context.ts'
import { generateMessage } from './generated-message.ts'
import { LEXICONS, type Language } from './lexicons.ts'
import { meanGap, PostPlan } from './post-plan.ts'
import { hashText } from './random.ts'
import { textShares } from './text-length.ts'

const DEFAULT_MAX_FILE_BYTES = 2_000_000_000
/** The launch of Telegram: lower bound of all dates. */
const FIRST_DATE = Date.UTC(2013, 7, 14) / 1000

export interface TimelineInput {
  /** Bare id. */
  readonly channelId: bigint
  readonly kind: 'broadcast' | 'supergroup'
  readonly title: string
  readonly archetype: ArchetypeName
  /** Language of the texts; default: the archetype's. */
  readonly language?: Language
  /** The same seed yields the same channel. */
  readonly seed: string
  /** Single messages and albums, up to about 50 million. */
  readonly posts: number
  /** Unix seconds. Default: derived from the archetype's usual posting rate. */
  readonly firstDate?: number
  readonly lastDate: number
  readonly people: readonly Person[]
  readonly signed?: boolean
  /** Bare ids of channels from which posts are forwarded. */
  readonly forwardSources?: readonly bigint[]
  /** Bare id of the discussion group. */
  readonly discussionId?: bigint
  readonly maxFileBytes?: number
}

/** The first date of a channel of this kind and size at its usual posting rate: Unix seconds. */
export function usualFirstDate(archetype: ArchetypeName, posts: number, lastDate: number): number {
  const usual = Math.floor(lastDate - posts * meanGap(ARCHETYPES[archetype].gapSeconds))
  return Math.max(usual, Math.min(FIRST_DATE, lastDate))
}

/**
 * A channel with the distributions of its archetype. Messages are not stored: each is derived from its id, so a million
 * posts take as much memory as ten.
 */
export function generateTimeline(input: TimelineInput): Timeline {
  const context = contextOf(input)
  const { plan } = context
  return {
    count: plan.count,
    topId: plan.topId,
    get: (id) => {
      const place = plan.postOf(id)
      return place === undefined ? undefined : generateMessage(context, place, id)
    },
    idsBelow: (beforeId) => plan.idsBelow(beforeId),
    idsFrom: (fromId) => plan.idsFrom(fromId),
  }
}

/** Like {@link generateTimeline}, but with an exact number of messages; a last album may be truncated. */
export function generateMessages(
  input: Omit<TimelineInput, 'posts'> & { readonly messages: number },
): Timeline {
  const { messages } = input
  if (messages === 0) return generateTimeline({ ...input, posts: 0 })
  const { post, id: topId } = planOf({ ...input, posts: messages }).placeOfMessage(messages)
  const whole = generateTimeline({ ...input, posts: post + 1 })
  return {
    count: messages,
    topId,
    get: (id) => (id <= topId ? whole.get(id) : undefined),
    idsBelow: (beforeId) => whole.idsBelow(Math.min(beforeId, topId + 1)),
    *idsFrom(fromId) {
      for (const id of whole.idsFrom(fromId)) {
        if (id > topId) return
        yield id
      }
    },
  }
}

function planOf({
  archetype,
  seed,
  channelId,
  posts,
  lastDate,
  firstDate,
}: TimelineInput): PostPlan {
  const { albums, singles, albumSizes, idGaps, gapSeconds }: Archetype = ARCHETYPES[archetype]
  const albumWeight = totalWeight(albums)
  return new PostPlan({
    seed: hashText(`${seed}/${channelId}`),
    posts,
    albumShare: albumWeight / (albumWeight + totalWeight(singles)),
    albumSizes,
    gapShare: idGaps,
    gapSeconds,
    firstDate: firstDate ?? usualFirstDate(archetype, posts, lastDate),
    lastDate,
  })
}

function contextOf(input: TimelineInput): ChannelContext {
  const base: Archetype = ARCHETYPES[input.archetype]
  const archetype = { ...base, language: input.language ?? base.language }
  return {
    channelId: input.channelId,
    kind: input.kind,
    title: input.title,
    seed: hashText(`${input.seed}/${input.channelId}`),
    archetype,
    lexicon: LEXICONS[archetype.language],
    textShares: textShares(archetype),
    people: input.people,
    signed: input.signed ?? false,
    forwardSources: input.forwardSources ?? [],
    discussionId: input.discussionId,
    maxFileBytes: input.maxFileBytes ?? DEFAULT_MAX_FILE_BYTES,
    lastDate: input.lastDate,
    plan: planOf(input),
  }
}
