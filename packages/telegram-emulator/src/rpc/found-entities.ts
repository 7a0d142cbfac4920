import type { TlObject } from '../tl/object.ts'

/** Characters that must not adjoin an entity. */
const WORD = String.raw`\p{L}\p{N}_`
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
/** Only with one of these top-level domains is an address without scheme a link: otherwise it may be a file name. */
const DOMAINS = 'com|org|net|edu|gov|info|io|dev|app|me|ru|ua|de|fr|es|it|uk|eu|cn|in|br'

/** In order of precedence: of overlapping matches, the first wins. */
const PATTERNS: readonly { readonly constructor: string; readonly pattern: RegExp }[] = [
  {
    constructor: 'messageEntityEmail',
    pattern: expression(
      `(?<![${WORD}.+-])[a-z0-9._+-]{1,64}@(?:${LABEL}\\.){1,8}[a-z]{2,24}(?![${WORD}])`,
    ),
  },
  {
    constructor: 'messageEntityUrl',
    pattern: expression(
      String.raw`(?<![${WORD}@./-])(?:https?://[^\s<>"]+|(?:${LABEL}\.){1,8}(?:${DOMAINS})(?![${WORD}@.-]*[${WORD}@])(?::\d{1,5})?(?:[/?#][^\s<>"]*)?)`,
    ),
  },
  {
    constructor: 'messageEntityMention',
    pattern: expression(`(?<![${WORD}@/])@[a-z][a-z0-9_]{3,31}(?![${WORD}@])`),
  },
  {
    constructor: 'messageEntityHashtag',
    pattern: expression(`(?<![${WORD}#])#(?=[\\p{N}_]{0,255}\\p{L})[${WORD}]{1,256}(?![${WORD}#])`),
  },
  {
    constructor: 'messageEntityCashtag',
    pattern: new RegExp(String.raw`(?<![${WORD}$])\$[A-Z]{1,8}(?![${WORD}$])`, 'gu'),
  },
  {
    constructor: 'messageEntityBotCommand',
    pattern: expression(`(?<![${WORD}/<>])/[a-z0-9_]{1,64}(?:@[a-z0-9_]{3,32})?(?![${WORD}/<>@])`),
  },
]

/** Formatting entities, which may contain other entities. */
const STYLES: ReadonlySet<string> = new Set([
  'messageEntityBold',
  'messageEntityItalic',
  'messageEntityUnderline',
  'messageEntityStrike',
  'messageEntitySpoiler',
  'messageEntityBlockquote',
])

/**
 * The entities of a text: the given ones, and the links, mentions, hashtags, cashtags, commands and e-mail addresses
 * that Telegram detects in every text, https://core.telegram.org/api/entities.
 */
export function withFoundEntities(text: string, given: readonly TlObject[]): readonly TlObject[] {
  const taken = given.filter(({ _: constructor }) => !STYLES.has(constructor))
  const found: TlObject[] = []
  for (const { constructor, pattern } of PATTERNS) {
    for (const { 0: match, index } of text.matchAll(pattern)) {
      const { length } = constructor === 'messageEntityUrl' ? withoutEnd(match) : match
      const entity = { _: constructor, offset: index, length }
      if (![...taken, ...found].some((other) => overlap(entity, other))) found.push(entity)
    }
  }
  if (found.length === 0) return given
  return [...given, ...found].toSorted(
    (a, b) => startOf(a) - startOf(b) || lengthOf(b) - lengthOf(a),
  )
}

function expression(source: string): RegExp {
  return new RegExp(source, 'giu')
}

/** Removes trailing punctuation from an address, and a closing bracket without its opening one. */
function withoutEnd(address: string): string {
  const shorter = address.replace(/[.,:;!?'…»]$/u, '')
  const isClosing = shorter.endsWith(')') && countOf(shorter, ')') > countOf(shorter, '(')
  const rest = isClosing ? shorter.slice(0, -1) : shorter
  return rest === address ? rest : withoutEnd(rest)
}

function countOf(text: string, character: string): number {
  return text.split(character).length - 1
}

function overlap(a: TlObject, b: TlObject): boolean {
  return startOf(a) < startOf(b) + lengthOf(b) && startOf(b) < startOf(a) + lengthOf(a)
}

function startOf(entity: TlObject): number {
  return entity['offset'] as number
}

function lengthOf(entity: TlObject): number {
  return entity['length'] as number
}
