import { parseChannelIdentifier } from './channel-identifier.ts'
import { PeerNotFound } from '../errors.ts'
import type { Channel, ChannelRef, DialogsPage, Group } from '../port.ts'
import type { Telegram } from '../telegram.ts'
import { withRetry, type RetryOptions } from './retry.ts'

/** A channel, supergroup or basic group. */
export type Chat =
  | { readonly kind: 'channel'; readonly channel: Channel }
  | { readonly kind: 'group'; readonly group: Group }

/**
 * All channels and supergroups of the account's dialogs, each once, in dialog order. Short flood waits and lost
 * connections are retried (`withRetry`).
 */
export async function* channels(
  telegram: Telegram,
  options: RetryOptions = {},
): AsyncGenerator<Channel> {
  const seen = new Set<string>()
  for await (const page of dialogPages(telegram, options)) {
    for (const channel of page.channels) {
      if (seen.has(channel.id)) continue
      seen.add(channel.id)
      yield channel
    }
  }
}

/**
 * All channels, supergroups and basic groups of the account's dialogs, each once. A basic group that was migrated is
 * returned as its supergroup.
 */
export async function* chats(telegram: Telegram, options: RetryOptions = {}): AsyncGenerator<Chat> {
  const seenChannels = new Set<string>()
  const seenGroups = new Set<string>()
  const migrated: ChannelRef[] = []
  for await (const page of dialogPages(telegram, options)) {
    for (const channel of page.channels) {
      if (seenChannels.has(channel.id)) continue
      seenChannels.add(channel.id)
      yield { kind: 'channel', channel }
    }
    for (const group of page.groups) {
      if (seenGroups.has(group.groupId)) continue
      seenGroups.add(group.groupId)
      if (group.migratedTo) migrated.push(group.migratedTo)
      else yield { kind: 'group', group }
    }
  }
  for (const ref of migrated) {
    if (seenChannels.has(ref.id)) continue
    seenChannels.add(ref.id)
    const channel = await findChannel(telegram, ref, options)
    if (channel?.isMember) yield { kind: 'channel', channel }
  }
}

async function findChannel(
  telegram: Telegram,
  ref: ChannelRef,
  options: RetryOptions,
): Promise<Channel | null> {
  try {
    return await withRetry(options, () => telegram.channel({ channel: ref }, options))
  } catch (error) {
    if (error instanceof PeerNotFound) return null
    throw error
  }
}

async function* dialogPages(
  telegram: Telegram,
  options: RetryOptions,
): AsyncGenerator<DialogsPage> {
  let cursor: string | null = null
  do {
    const from: string | null = cursor
    const page: DialogsPage = await withRetry(options, () =>
      telegram.dialogs({ cursor: from }, options),
    )
    yield page
    cursor = page.cursor
  } while (cursor !== null)
}

/**
 * Finds the channel of `@name`, a t.me link, an invite link (only if the account has joined) or a numeric id (only
 * among the account's dialogs). Throws PeerNotFound when there is none, or when the text is not an identifier.
 */
export async function resolveChannel(
  telegram: Telegram,
  identifier: string,
  options: RetryOptions = {},
): Promise<Channel> {
  const parsed = parseChannelIdentifier(identifier)
  if (!parsed) throw new PeerNotFound('not a name, link or id of a channel')
  if (parsed.by === 'username') {
    return await withRetry(options, () =>
      telegram.resolveUsername({ username: parsed.username }, options),
    )
  }
  if (parsed.by === 'invite') {
    return await withRetry(options, () => telegram.invitedChannel({ hash: parsed.hash }, options))
  }
  for await (const channel of channels(telegram, options)) {
    if (channel.id === parsed.id) return channel
  }
  throw new PeerNotFound(`channel ${parsed.id} is not among the account's dialogs`)
}
