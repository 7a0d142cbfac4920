import type { Archetype, PostKind } from './archetype.ts'
import { quantile, totalWeight } from './distribution.ts'
import type { Random } from './random.ts'

/** Telegram's limits, minus the length by which a last entity may exceed the drawn length. */
const MAX_TEXT = 4096 - 80
const MAX_CAPTION = 1024 - 40

const WORDLESS = new Set<PostKind>([
  'sticker',
  'round',
  'poll',
  'location',
  'contact',
  'unsupported',
])
const PLAIN = new Set<PostKind>(['text', 'webpage'])

/**
 * Assigns the measured lengths to kinds of posts. Posts without text are the shortest and captions are limited, so the
 * longest are text messages: with these shares, all posts together keep the distribution.
 */
export interface TextShares {
  /** Posts below this share of the distribution have no text. */
  readonly wordless: number
  /** Texts above this share are too long for a caption. */
  readonly caption: number
  /** The probability that a text message is as short as a caption. */
  readonly shortText: number
}

/** The highest share whose text fits a caption. */
function captionShare({ textLength }: Archetype): number {
  let [low, high] = [0, 1]
  for (let step = 0; step < 20; step += 1) {
    const middle = (low + high) / 2
    if (quantile(textLength, middle) <= MAX_CAPTION) low = middle
    else high = middle
  }
  return low
}

export function textShares(archetype: Archetype): TextShares {
  const { singles, albums } = archetype
  const all = totalWeight(singles) + totalWeight(albums)
  const shareOf = (kinds: ReadonlySet<PostKind>): number =>
    [...kinds].reduce((sum, kind) => sum + (singles[kind] ?? 0), 0) / all
  const wordless = shareOf(WORDLESS)
  const plain = shareOf(PLAIN)
  const captions = Math.max(0, 1 - wordless - plain)
  const caption = Math.max(wordless, captionShare(archetype))
  const shortText = plain === 0 ? 0 : Math.max(0, caption - wordless - captions) / plain
  return { wordless, caption, shortText: Math.min(1, shortText) }
}

/** The text length of a post, in UTF-16 code units; 0 for none. */
export function drawTextLength(
  random: Random,
  archetype: Archetype,
  shares: TextShares,
  kind: PostKind,
): number {
  if (WORDLESS.has(kind)) return 0
  const { wordless, caption, shortText } = shares
  const isPlain = PLAIN.has(kind)
  const isShort = !isPlain || random.chance(shortText)
  const [from, to] = isShort ? [wordless, caption] : [caption, 1]
  const drawn = Math.round(quantile(archetype.textLength, from + random.float() * (to - from)))
  return isPlain ? Math.max(2, Math.min(MAX_TEXT, drawn)) : Math.min(MAX_CAPTION, drawn)
}
