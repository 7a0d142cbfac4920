import type { TlObject } from '../tl/object.ts'
import type { EntityKind } from './archetype.ts'
import type { Lexicon } from './lexicon.ts'
import type { Random } from './random.ts'

/** An entity with a text of its own: a link, a mention, a hashtag. */
export interface Token {
  readonly kind: EntityKind
  readonly text: string
  readonly constructor: string
  readonly fields: Omit<TlObject, '_'>
}

export interface Wrapper {
  readonly constructor: string
  readonly fields: Omit<TlObject, '_'>
}

const HOSTS = ['example.org', 'example.com', 'news.example.net', 'shop.example.org']
const HANDLES = ['readers_room', 'price_watch', 'harbour_news', 'map_editors', 'night_train_bot']
const COMMANDS = ['/start', '/help', '/today', '/subscribe', '/stop']
const SNIPPETS = [
  { language: 'python', text: 'for page in book:\n    print(page.title)' },
  { language: 'bash', text: 'tar -xf archive.tar.gz && ls -l' },
  { language: '', text: 'name  = "reading room"\nseats = 42' },
]
const CUSTOM_EMOJI_ID = 5_368_324_170_671_202_286n

/** A web address that does not exist. */
export function webAddress(random: Random): string {
  return `https://${random.pick(HOSTS)}/${random.below(36 ** 5).toString(36)}`
}

function hashtag(random: Random, lexicon: Lexicon): string {
  return `#${random.pick(lexicon.hashtags)}`
}

function phone(random: Random): string {
  return `+1 202 555 01${String(random.below(100)).padStart(2, '0')}`
}

/** The token of an entity kind; undefined for kinds that apply to other words. */
export function tokenOf(kind: EntityKind, random: Random, lexicon: Lexicon): Token | undefined {
  const token = (name: string, text: string, fields: Omit<TlObject, '_'> = {}): Token => ({
    kind,
    text,
    constructor: `messageEntity${name}`,
    fields,
  })
  switch (kind) {
    case 'url':
      return token('Url', webAddress(random))
    case 'mention':
      return token('Mention', `@${random.pick(HANDLES)}`)
    case 'hashtag':
      return token('Hashtag', hashtag(random, lexicon))
    case 'email':
      return token('Email', `desk${random.below(90) + 10}@example.org`)
    case 'phone':
      return token('Phone', phone(random))
    case 'botCommand':
      return token('BotCommand', random.pick(COMMANDS))
    case 'customEmoji':
      return token('CustomEmoji', '👍', { document_id: CUSTOM_EMOJI_ID + BigInt(random.below(40)) })
    case 'pre': {
      const { language, text } = random.pick(SNIPPETS)
      return token('Pre', text, { language })
    }
    case 'bold':
    case 'italic':
    case 'underline':
    case 'strike':
    case 'spoiler':
    case 'code':
    case 'blockquote':
    case 'textUrl':
    case 'mentionName':
    default:
      return undefined
  }
}

const STYLES = new Map<EntityKind, string>([
  ['bold', 'messageEntityBold'],
  ['italic', 'messageEntityItalic'],
  ['underline', 'messageEntityUnderline'],
  ['strike', 'messageEntityStrike'],
  ['spoiler', 'messageEntitySpoiler'],
  ['code', 'messageEntityCode'],
])

/** The entity that a kind adds to existing words. */
export function wrapperOf(kind: EntityKind, random: Random, userId: bigint | undefined): Wrapper {
  if (kind === 'textUrl')
    return { constructor: 'messageEntityTextUrl', fields: { url: webAddress(random) } }
  if (kind === 'blockquote') {
    return {
      constructor: 'messageEntityBlockquote',
      fields: random.chance(0.3) ? { collapsed: true } : {},
    }
  }
  if (kind === 'mentionName' && userId !== undefined) {
    return { constructor: 'messageEntityMentionName', fields: { user_id: userId } }
  }
  return { constructor: STYLES.get(kind) ?? 'messageEntityItalic', fields: {} }
}
