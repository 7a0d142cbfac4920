import type { Channel } from '../world/channel.ts'
import type { ChannelMessage } from '../world/model.ts'
import type { World } from '../world/world.ts'
import { accountOf } from './find-account.ts'
import { parseChannelId } from './parse.ts'

/** The place of a message: a channel, or the mailbox of an account. */
export type Chat = { readonly channel: Channel } | { readonly accountId: bigint }

/**
 * Finds a chat by text: a channel's bare or marked id; or an account's id, phone number or username. Throws a 404
 * problem if there is neither.
 */
export function chatOf(world: World, text: string): Chat {
  const channelId = parseChannelId(text)
  const channel = channelId === null ? undefined : world.channels.get(channelId)
  return channel === undefined ? { accountId: accountOf(world, text).id } : { channel }
}

export function messageIn(
  { mailboxes }: World,
  chat: Chat,
  id: number,
): ChannelMessage | undefined {
  return 'channel' in chat ? chat.channel.get(id) : mailboxes.of(chat.accountId).get(id)
}
