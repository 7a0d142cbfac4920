import type { Actor } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { DomainError } from '@telegather/service'
import { findMessage, selectVersions } from './queries.ts'

/** A message with its file, raw content and versions. Throws `message_not_found`. */
export async function getMessage(db: Db, actor: Actor, messageId: number) {
  const found = await findMessage(db, actor.owner, messageId)
  if (!found) throw new DomainError('message_not_found', 'Message not found')
  return { ...found, versions: await selectVersions(db, found.message) }
}
