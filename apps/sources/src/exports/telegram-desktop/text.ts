import type { Message } from '@telegather/contracts'
import type { Fields } from './tl.ts'

type Entity = Message['entities'][number]

/** Telegram Desktop's names of entity types without further fields. */
const PLAIN_TYPES: Readonly<Record<string, string>> = {
  bold: 'bold',
  italic: 'italic',
  underline: 'underline',
  strike: 'strikethrough',
  spoiler: 'spoiler',
  code: 'code',
  url: 'link',
  email: 'email',
  phone: 'phone',
  hashtag: 'hashtag',
  cashtag: 'cashtag',
  mention: 'mention',
  bot_command: 'bot_command',
  bank_card: 'bank_card',
}

interface Part {
  readonly type: string
  readonly text: string
  readonly [field: string]: unknown
}

/**
 * The fields `text_entities` (the whole text in parts) and `text` (the same, with plain parts as strings). The format has
 * no nested entities: of nested ones, only the outer one is written.
 */
export function writtenText(text: string, entities: readonly Entity[]): Fields {
  const parts = partsOf(text, entities)
  const isPlain = parts.every(({ type }) => type === 'plain')
  return {
    text: isPlain ? text : parts.map((part) => (part.type === 'plain' ? part.text : part)),
    text_entities: parts,
  }
}

function partsOf(text: string, entities: readonly Entity[]): Part[] {
  const parts: Part[] = []
  let end = 0
  const plainUpTo = (offset: number) => {
    if (offset > end) parts.push({ type: 'plain', text: text.slice(end, offset) })
  }
  for (const entity of entities.toSorted((a, b) => a.offset - b.offset || b.length - a.length)) {
    const covered = text.slice(entity.offset, entity.offset + entity.length)
    if (entity.offset < end || covered === '') continue
    plainUpTo(entity.offset)
    const { type, ...fields } = kindOf(entity)
    parts.push({ type, text: covered, ...fields })
    end = entity.offset + covered.length
  }
  plainUpTo(text.length)
  return parts
}

function kindOf(entity: Entity): { readonly type: string; readonly [field: string]: unknown } {
  const type = PLAIN_TYPES[entity.type]
  if (type !== undefined) return { type }
  switch (entity.type) {
    case 'pre':
      return { type: 'pre', language: entity['language'] ?? '' }
    case 'text_url':
      return { type: 'text_link', href: entity['url'] }
    case 'blockquote':
      return { type: 'blockquote', collapsed: entity['collapsed'] === true }
    case 'mention_name':
      return { type: 'mention_name', user_id: Number(entity['user_id']) }
    case 'custom_emoji':
      return { type: 'custom_emoji', document_id: entity['document_id'] }
    default:
      return { type: 'plain' }
  }
}
