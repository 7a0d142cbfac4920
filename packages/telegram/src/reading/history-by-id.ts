import type { Message } from '../message.ts'
import type { ChannelRef } from '../port.ts'
import type { Telegram } from '../telegram.ts'
import { withRetry, type RetryOptions } from './retry.ts'

const IDS_PER_CALL = 100

/**
 * Reads the messages of a channel after `afterId`, oldest first, for bots, which may not call `messages.getHistory`: it
 * fetches 100 ids a call (`channels.getMessages`), up to the newest message at the start. Throws PeerNotFound unless the
 * bot is an administrator of the channel.
 */
export async function* historyById(
  telegram: Telegram,
  ref: ChannelRef,
  { afterId, ...options }: RetryOptions & { readonly afterId: number },
): AsyncGenerator<readonly Message[]> {
  const newest = await withRetry(options, () => telegram.newestMessageId({ channel: ref }, options))
  for (let first = afterId + 1; first <= newest; first += IDS_PER_CALL) {
    const found = await messagesFrom(telegram, ref, { first, end: newest + 1 }, options)
    if (found.length > 0) yield found
  }
}

/**
 * The id of the channel's last message before `instant` (ISO 8601), 0 for none. Binary search over the ids up to the
 * newest message.
 */
export async function lastIdBeforeById(
  telegram: Telegram,
  ref: ChannelRef,
  instant: string,
  options: RetryOptions,
): Promise<number> {
  const newest = await withRetry(options, () => telegram.newestMessageId({ channel: ref }, options))
  let last = 0
  let end = newest + 1
  while (end - last > 1) {
    const middle = last + Math.ceil((end - last) / 2)
    const found = await firstExisting(telegram, ref, { middle, end }, options)
    const before = found.findLast(({ date }) => date < instant)
    if (before && before !== found.at(-1)) return before.id
    if (before) last = before.id
    else end = middle
  }
  return last
}

/** The first batch of 100 ids from `middle` up to `end` that contains messages, oldest first; empty for none. */
async function firstExisting(
  telegram: Telegram,
  ref: ChannelRef,
  { middle, end }: { middle: number; end: number },
  options: RetryOptions,
): Promise<readonly Message[]> {
  for (let first = middle; first < end; first += IDS_PER_CALL) {
    const found = await messagesFrom(telegram, ref, { first, end }, options)
    if (found.length > 0) return found
  }
  return []
}

async function messagesFrom(
  telegram: Telegram,
  ref: ChannelRef,
  { first, end }: { first: number; end: number },
  options: RetryOptions,
): Promise<readonly Message[]> {
  const length = Math.min(IDS_PER_CALL, end - first)
  const ids = Array.from({ length }, (_, index) => first + index)
  const found = await withRetry(options, () =>
    telegram.messagesById({ channel: ref, ids }, options),
  )
  return found.toSorted((a, b) => a.id - b.id)
}
