import type { MessageContent } from '@telegather/contracts'
import { mediaContent } from './media-content.ts'
import { serviceContent, type NameOf } from './service-content.ts'
import { tlObject } from './tl-fields.ts'

/**
 * What a message says beside its text: a poll, a contact, a place, what happened to the chat. Null where its text and its
 * file are all. `raw` is the message as Telegram sent it, of any layer.
 */
export function contentOf(
  raw: Readonly<Record<string, unknown>>,
  nameOf: NameOf = () => null,
): MessageContent | null {
  const action = tlObject(raw['action'])
  if (action !== undefined) return serviceContent(action, nameOf)
  const media = tlObject(raw['media'])
  return media === undefined ? null : mediaContent(media)
}
