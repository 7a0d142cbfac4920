import type { Person } from '../world/model.ts'
import type { Archetype } from './archetype.ts'
import type { Lexicon } from './lexicon.ts'
import type { PostPlan } from './post-plan.ts'
import { Random } from './random.ts'
import type { TextShares } from './text-length.ts'

/** The inputs from which every message of a generated channel is derived. */
export interface ChannelContext {
  readonly channelId: bigint
  readonly kind: 'broadcast' | 'supergroup'
  readonly title: string
  readonly seed: number
  readonly archetype: Archetype
  readonly lexicon: Lexicon
  readonly textShares: TextShares
  readonly people: readonly Person[]
  /** Whether posts are signed by their authors. */
  readonly signed: boolean
  /** Channels from which posts are forwarded. */
  readonly forwardSources: readonly bigint[]
  readonly discussionId: bigint | undefined
  /** Maximum file size in bytes. */
  readonly maxFileBytes: number
  /** Upper bound of all dates; Unix seconds. */
  readonly lastDate: number
  readonly plan: PostPlan
}

/** Independent aspects of a post or message, each with a random stream of its own. */
const SUBJECTS = {
  kind: 11,
  text: 12,
  media: 13,
  author: 14,
  reach: 15,
  edit: 16,
  reply: 17,
  forward: 18,
  extras: 19,
} as const

/** The random stream of one aspect of post or message `index`: extra draws for one aspect do not affect the others. */
export function drawFor(
  { seed }: ChannelContext,
  aspect: keyof typeof SUBJECTS,
  index: number,
): Random {
  return new Random(seed, SUBJECTS[aspect], index)
}
