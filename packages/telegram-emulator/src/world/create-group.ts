import { now } from './clock.ts'
import { deliver, type DeliveryOptions, type SentCopy } from './deliver.ts'
import type { Group } from './groups.ts'
import type { Transaction } from './transaction.ts'
import type { World } from './world.ts'

export interface NewGroup {
  readonly title: string
  readonly creatorId: bigint
  /** Without the creator. */
  readonly memberIds: readonly bigint[]
}

/** Creates a group and delivers its first service message to all members. */
export function createGroup(
  transaction: Transaction,
  { groups, mailboxes }: World,
  { title, creatorId, memberIds }: NewGroup,
  options: DeliveryOptions,
): { readonly group: Group; readonly sent: readonly SentCopy[] } {
  const others = [...new Set(memberIds)].filter((id) => id !== creatorId)
  const group: Group = {
    id: groups.nextId(),
    title,
    creatorId,
    memberIds: [creatorId, ...others],
    createdAt: now(),
    migratedTo: null,
  }
  groups.save(transaction, group)
  const message = {
    from: creatorId,
    peer: { kind: 'chat', id: group.id } as const,
    recipients: others,
    date: group.createdAt,
    content: {
      _: 'messageService',
      action: { _: 'messageActionChatCreate', title, users: group.memberIds },
    },
    media: null,
    replyToId: null,
  }
  return { group, sent: deliver(transaction, mailboxes, [message], options) }
}
