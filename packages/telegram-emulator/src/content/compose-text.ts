import type { EntityKind } from './archetype.ts'
import { weightedAt, type Weights } from './distribution.ts'
import { FormattedTextBuilder, type FormattedText } from './formatted-text.ts'
import type { Lexicon } from './lexicon.ts'
import { LEXICONS, type Language } from './lexicons.ts'
import type { Random } from './random.ts'
import { BREAK, sentences } from './sentences.ts'
import { tokenOf, wrapperOf, type Token } from './text-entities.ts'

const TITLE_SHARE = 0.35
const MIN_TITLE_TEXT = 90

export interface TextRequest {
  readonly language: Language
  /** Target length in UTF-16 code units, at least 1. */
  readonly length: number
  readonly entityCount: number
  readonly entities: Weights<EntityKind>
  /** The user for a mention by name. */
  readonly userId: bigint | undefined
}

interface Span {
  readonly from: number
  readonly to: number
  readonly kind: EntityKind
}

/** Distributes entities over the words: divides the words into equal parts, one entity in each. */
function spread(random: Random, kinds: readonly EntityKind[], wordCount: number): Span[] {
  const shown = kinds.slice(0, wordCount)
  const part = wordCount / Math.max(1, shown.length)
  return shown.map((kind, index) => {
    const from = Math.floor(index * part)
    const room = Math.max(1, Math.floor((index + 1) * part) - from)
    const longest = kind === 'blockquote' ? 12 : 4
    return { from, to: from + 1 + random.below(Math.min(longest, room)), kind }
  })
}

function appendBody(
  out: FormattedTextBuilder,
  body: readonly string[],
  spans: readonly Span[],
  context: { random: Random; lexicon: Lexicon; userId: bigint | undefined },
): void {
  const { random, lexicon, userId } = context
  let fresh = true
  let spanIndex = 0
  for (let at = 0; at < body.length;) {
    while ((spans[spanIndex]?.to ?? Infinity) <= at) spanIndex += 1
    const span = spans[spanIndex]
    const isBreak = body[at] === BREAK
    if (!fresh && !isBreak) out.append(lexicon.space)
    if (span === undefined || span.from > at || isBreak) {
      const end = isBreak ? at + 1 : (span?.from ?? body.length)
      out.append(plainText(body.slice(at, end), lexicon.space))
      fresh = body[end - 1] === BREAK
      at = end
      continue
    }
    fresh = false
    const covered = body.slice(at, span.to)
    const lineEnd = covered.indexOf(BREAK)
    const taken = lineEnd < 0 ? covered : covered.slice(0, lineEnd)
    const phrase = taken.join(lexicon.space)
    // Entities end before trailing punctuation.
    const [, inner = phrase, tail = ''] = /^(.*?)([,.，。]?)$/su.exec(phrase) ?? []
    const wrapper = wrapperOf(span.kind, random, userId)
    if (inner === '') out.append(phrase)
    else out.appendEntity(inner, wrapper.constructor, wrapper.fields).append(tail)
    at += taken.length
    spanIndex += 1
  }
}

/** Joins words with spaces, except at the end of a paragraph. */
function plainText(words: readonly string[], space: string): string {
  const text = words.join(space)
  return space === '' || !words.includes(BREAK)
    ? text
    : text.replaceAll(`${BREAK}${space}`, BREAK).replaceAll(`${space}${BREAK}`, BREAK)
}

function appendTokens(out: FormattedTextBuilder, tokens: readonly Token[]): void {
  let previous: Token | undefined
  for (const token of tokens) {
    if (out.length > 0) out.append(previous?.kind === token.kind ? ' ' : '\n')
    out.appendEntity(token.text, token.constructor, token.fields)
    previous = token
  }
}

/** A text of about the requested length with the requested number of entities, if they fit. */
export function composeText(random: Random, request: TextRequest): FormattedText {
  const lexicon: Lexicon = LEXICONS[request.language]
  const kinds: EntityKind[] = []
  while (kinds.length < request.entityCount) {
    kinds.push(weightedAt(request.entities, random.float()))
  }
  const tokens: Token[] = []
  const wrapped: EntityKind[] = []
  let tokenLength = 0
  for (const kind of kinds) {
    const token = tokenOf(kind, random, lexicon)
    if (token === undefined) wrapped.push(kind)
    else if (tokenLength + token.text.length + 1 <= request.length * 0.85) {
      tokens.push(token)
      tokenLength += token.text.length + 1
    }
  }
  tokens.sort((a, b) => (a.kind < b.kind ? -1 : Number(a.kind > b.kind)))
  const out = new FormattedTextBuilder()
  let room = request.length - tokenLength
  if (wrapped.includes('bold') && room > MIN_TITLE_TEXT) {
    wrapped.splice(wrapped.indexOf('bold'), 1)
    const title = sentences(random, lexicon, Math.min(80, room * TITLE_SHARE)).filter(
      (word) => word !== BREAK,
    )
    out.appendEntity(title.join(lexicon.space), 'messageEntityBold').append(BREAK)
    room -= out.length
  }
  const body = room > 3 || tokens.length === 0 ? sentences(random, lexicon, room) : []
  const spans = spread(random, wrapped, body.length)
  appendBody(out, body, spans, { random, lexicon, userId: request.userId })
  appendTokens(out, tokens)
  return out.finish()
}
