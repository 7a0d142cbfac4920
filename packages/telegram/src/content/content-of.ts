import type { MessageContent } from '@telegather/contracts'
import { mediaContent } from './media-content.ts'
import { serviceContent, type NameOf } from './service-content.ts'
import { tlObject } from './tl-fields.ts'

/**
 * Structured content of a message beside its text: a poll, a contact, a location, a service action. Null when the
 * message has only a text or a file. `raw` is the TL object as stored, of any layer; `nameOf` looks up peers' names.
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
