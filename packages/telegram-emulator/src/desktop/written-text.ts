import type { TlObject } from '../tl/object.ts'
import type { Fields } from './written-peers.ts'
import { PLAIN_ENTITIES } from './exported-text.ts'

interface WrittenPart {
  readonly type: string
  readonly text: string
  readonly [field: string]: unknown
}

const TYPES = new Map([...PLAIN_ENTITIES].map(([type, constructor]) => [constructor, type]))

/**
 * `text_entities`: the text in parts, and `text`: the same with plain parts as strings. The format has no nested parts;
 * of nested entities the outer one is written.
 */
export function writtenText(tl: TlObject): Fields {
  const { message = '', entities = [] } = tl
  const parts = partsOf(message as string, entities as readonly TlObject[])
  const isPlain = parts.every(({ type }) => type === 'plain')
  return {
    text: isPlain ? message : parts.map((part) => (part.type === 'plain' ? part.text : part)),
    text_entities: parts,
  }
}

function partsOf(text: string, entities: readonly TlObject[]): WrittenPart[] {
  const parts: WrittenPart[] = []
  let end = 0
  const plainUpTo = (offset: number): void => {
    if (offset > end) parts.push({ type: 'plain', text: text.slice(end, offset) })
  }
  const inOrder = entities.toSorted((a, b) => Number(a['offset']) - Number(b['offset']))
  for (const entity of inOrder) {
    const offset = Number(entity['offset'])
    const covered = text.slice(offset, offset + Number(entity['length']))
    if (offset < end || covered === '') continue
    plainUpTo(offset)
    parts.push(partOf(entity, covered))
    end = offset + covered.length
  }
  plainUpTo(text.length)
  return parts
}

function partOf(entity: TlObject, text: string): WrittenPart {
  const type = TYPES.get(entity._)
  if (type !== undefined) return { type, text }
  switch (entity._) {
    case 'messageEntityPre':
      return { type: 'pre', text, language: entity['language'] }
    case 'messageEntityTextUrl':
      return { type: 'text_link', text, href: entity['url'] }
    case 'messageEntityBlockquote':
      return { type: 'blockquote', text, collapsed: entity['collapsed'] === true }
    case 'messageEntityMentionName':
      return { type: 'mention_name', text, user_id: Number(entity['user_id']) }
    case 'messageEntityCustomEmoji':
      return { type: 'custom_emoji', text, document_id: `${entity['document_id'] as bigint}` }
    default:
      return { type: 'plain', text }
  }
}
