import type { Channel } from './channel.ts'
import type { LoggedEvent, NewEvent } from './event-log.ts'
import type { Journal } from './journal.ts'
import type { ChannelMessage } from './model.ts'
import type { Transaction } from './transaction.ts'

/** Journal keys of a channel's changes. */
const POST = 'post'
const EDITED = 'edited'
const DELETED = 'deleted'
const EVENT = 'channel-event'

/** Adds a post under the channel's next id. */
export function addPost(transaction: Transaction, channel: Channel, message: ChannelMessage): void {
  const id = channel.nextId
  channel.append(id, message)
  transaction.remember(keyOf(POST, channel.id, id), message)
}

export function replacePost(
  transaction: Transaction,
  channel: Channel,
  id: number,
  message: ChannelMessage,
): void {
  const table = id > channel.blueprint.timeline.topId ? POST : EDITED
  channel.replace(id, message)
  transaction.remember(keyOf(table, channel.id, id), message)
}

export function deletePost(transaction: Transaction, channel: Channel, id: number): void {
  channel.delete(id)
  if (id > channel.blueprint.timeline.topId) transaction.forget(keyOf(POST, channel.id, id))
  else transaction.remember(keyOf(DELETED, channel.id, id), true)
}

export function recordEvent(
  transaction: Transaction,
  channel: Channel,
  event: NewEvent,
): LoggedEvent {
  const logged = channel.log.add(event)
  transaction.remember(keyOf(EVENT, channel.id, logged.pts), logged)
  return logged
}

/** The events of a channel from earlier runs. */
export function earlierEvents(journal: Journal, channelId: bigint): LoggedEvent[] {
  return journal.restored(keyOf(EVENT, channelId, '')).map(({ value }) => value as LoggedEvent)
}

/** Applies the changes of earlier runs to a channel. */
export function restoreChanges(journal: Journal, channel: Channel): void {
  const { topId } = channel.blueprint.timeline
  const posts = journal
    .restored(keyOf(POST, channel.id, ''))
    .map(({ key, value }) => ({ id: idOf(key), message: value as ChannelMessage }))
    .toSorted((a, b) => a.id - b.id)
  // Skips a stored post whose id the blueprint now uses itself, because the blueprint has grown since.
  for (const { id, message } of posts) if (id > topId) channel.append(id, message)
  for (const { key, value } of journal.restored(keyOf(EDITED, channel.id, ''))) {
    channel.replace(idOf(key), value as ChannelMessage)
  }
  for (const { key } of journal.restored(keyOf(DELETED, channel.id, ''))) channel.delete(idOf(key))
}

/** Deletes the stored changes of a channel, which resets it to its blueprint. */
export function forgetChanges(journal: Journal, channel: Channel): void {
  const { posted, edited, deleted } = channel.changes()
  journal.write([
    ...[...posted].map((id) => [keyOf(POST, channel.id, id)] as const),
    ...[...edited].map((id) => [keyOf(EDITED, channel.id, id)] as const),
    ...[...deleted].map((id) => [keyOf(DELETED, channel.id, id)] as const),
    ...channel.log.all().map(({ pts }) => [keyOf(EVENT, channel.id, pts)] as const),
  ])
}

function keyOf(table: string, channelId: bigint, id: number | ''): string {
  return `${table}/${channelId}/${id}`
}

function idOf(key: string): number {
  return Number(key.slice(key.lastIndexOf('/') + 1))
}
