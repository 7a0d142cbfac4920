import { FormattedTextBuilder, type FormattedText } from '../content/formatted-text.ts'
import type { TlObject } from '../tl/object.ts'
import type { ExportedMessage, TextPart } from './export-schema.ts'

/** Entities without further fields, by their name in Telegram Desktop exports. */
export const PLAIN_ENTITIES = new Map([
  ['bold', 'messageEntityBold'],
  ['italic', 'messageEntityItalic'],
  ['underline', 'messageEntityUnderline'],
  ['strikethrough', 'messageEntityStrike'],
  ['spoiler', 'messageEntitySpoiler'],
  ['code', 'messageEntityCode'],
  ['link', 'messageEntityUrl'],
  ['email', 'messageEntityEmail'],
  ['phone', 'messageEntityPhone'],
  ['hashtag', 'messageEntityHashtag'],
  ['cashtag', 'messageEntityCashtag'],
  ['mention', 'messageEntityMention'],
  ['bot_command', 'messageEntityBotCommand'],
  ['bank_card', 'messageEntityBankCard'],
])

type Entity = readonly [constructor: string, fields?: Omit<TlObject, '_'>]

/** An id in an export; undefined if it is invalid or has more than 63 bits. */
export function positiveId(value: string | number | undefined): bigint | undefined {
  const digits = /^(?:user)?(\d{1,19})$/.exec(String(value))?.[1]
  const id = digits === undefined ? 0n : BigInt(digits)
  return id > 0n && id < 1n << 63n ? id : undefined
}

/** Undefined for plain text, and for unknown kinds. */
function entityOf(part: TextPart): Entity | undefined {
  const plain = PLAIN_ENTITIES.get(part.type)
  if (plain !== undefined) return [plain]
  if (part.type === 'pre') return ['messageEntityPre', { language: part.language ?? '' }]
  if (part.type === 'text_link') return ['messageEntityTextUrl', { url: part.href ?? part.text }]
  if (part.type === 'blockquote') {
    return ['messageEntityBlockquote', part.collapsed === true ? { collapsed: true } : {}]
  }
  const userId = positiveId(part.user_id)
  if (part.type === 'mention_name' && userId !== undefined) {
    return ['messageEntityMentionName', { user_id: userId }]
  }
  const documentId = positiveId(part.document_id)
  if (part.type === 'custom_emoji' && documentId !== undefined) {
    return ['messageEntityCustomEmoji', { document_id: documentId }]
  }
  return undefined
}

type Part = string | TextPart

function partText(part: Part): string {
  return typeof part === 'string' ? part : part.text
}

function joined(parts: readonly Part[]): string {
  return parts.map(partText).join('')
}

/** `text` is a string or a list. Newer exports repeat it in `text_entities`, which is used if it has the same text. */
function partsOf({ text, text_entities: entities }: ExportedMessage): readonly Part[] {
  const parts = typeof text === 'string' ? [text] : (text ?? entities ?? [])
  return entities !== undefined && joined(entities) === joined(parts) ? entities : parts
}

/** The text of a message: its parts joined, untrimmed. */
export function exportedText(message: ExportedMessage): FormattedText {
  const out = new FormattedTextBuilder()
  for (const part of partsOf(message)) {
    const entity = typeof part === 'string' ? undefined : entityOf(part)
    const text = partText(part)
    if (entity === undefined || text === '') out.append(text)
    else out.appendEntity(text, ...entity)
  }
  return out.finish()
}
