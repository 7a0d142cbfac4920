import type { Channel } from './channel.ts'
import { now } from './clock.ts'
import { deliver, type DeliveryOptions, type SentCopy } from './deliver.ts'
import type { Group } from './groups.ts'
import { postToChannel, type PostedMessage } from './post-to-channel.ts'
import type { Transaction } from './transaction.ts'
import type { World } from './world.ts'

export interface Migration {
  readonly channel: Channel
  /** The last message of the group, in the mailbox of the account that migrated it. */
  readonly last: readonly SentCopy[]
  /** The first message of the supergroup. */
  readonly first: readonly PostedMessage[]
}

/**
 * Migrates a group to a supergroup with the same members. The messages remain in the group, and each of the two refers
 * to the other: https://core.telegram.org/api/channel#migration
 */
export function migrateGroup(
  transaction: Transaction,
  world: World,
  { group, accountId }: { readonly group: Group; readonly accountId: bigint },
  options: DeliveryOptions,
): Migration {
  const channel = supergroupOf(world, group)
  world.groups.save(transaction, { ...group, migratedTo: channel.id })
  const last = deliver(
    transaction,
    world.mailboxes,
    [
      {
        from: accountId,
        peer: { kind: 'chat', id: group.id },
        recipients: group.memberIds.filter((id) => id !== accountId),
        date: now(),
        content: {
          _: 'messageService',
          action: { _: 'messageActionChatMigrateTo', channel_id: channel.id },
        },
        media: null,
        replyToId: null,
      },
    ],
    options,
  )
  const post = {
    content: {
      _: 'messageService',
      action: {
        _: 'messageActionChannelMigrateFrom',
        title: group.title,
        chat_id: group.id,
      },
    },
    media: null,
    authorId: null,
    replyToId: null,
  }
  const first = postToChannel(transaction, world, { channel, posts: [post] }, options)
  return { channel, last, first }
}

function supergroupOf({ accounts, admins, channels, madeChannels }: World, group: Group): Channel {
  const channel = madeChannels.create({
    id: madeChannels.freeId(),
    title: group.title,
    username: null,
    kind: 'supergroup',
    about: '',
    createdAt: now(),
    isJoinedByAll: false,
  })
  for (const id of group.memberIds) {
    const member = accounts.get(id)
    if (member !== undefined) channels.join(member, channel)
  }
  admins.appoint(channel.id, group.creatorId)
  return channel
}
