import { expect, test } from 'vitest'
import { smallChannel } from '../../test/small-channel.ts'
import type { TlObject } from '../tl/object.ts'
import { asReusable } from '../tl/reusable.ts'
import type { Account } from '../world/accounts.ts'
import type { LoggedEvent } from '../world/event-log.ts'
import { createVolatileJournal } from '../world/journal.ts'
import { postToChannel } from '../world/post-to-channel.ts'
import { parseTestPhone } from '../world/test-phone.ts'
import { change, createWorld } from '../world/world.ts'
import { presentChannelEvent } from './present-event.ts'
import { presentToAudience } from './present-to-audience.ts'
import { updatesContainer } from './updates-container.ts'

const world = createWorld(createVolatileJournal())
const group = world.channels.add({
  ...smallChannel({ id: 7001n, title: 'Group', username: null, ids: [1] }),
  kind: 'supergroup',
})
const elsewhere = world.channels.add(
  smallChannel({ id: 7002n, title: 'Elsewhere', username: null, ids: [1] }),
)
const [author, admin, friend, stranger, ...others] = Array.from({ length: 7 }, (_, index) =>
  accountOf(`+999662100${index}`),
)

function accountOf(phone: string): Account {
  const parsed = parseTestPhone(phone)
  if (parsed === null) throw new Error('a test number could not be parsed')
  return world.accounts.of(parsed)
}

function post(authorId: bigint): LoggedEvent[] {
  const fwd_from = {
    _: 'messageFwdHeader',
    from_id: { _: 'peerChannel', channel_id: elsewhere.id },
    date: 1,
  }
  const content = { _: 'message', message: 'hello', fwd_from }
  const posts = [{ content, media: null, authorId, replyToId: null }]
  const options = { silent: false, origin: null }
  return change(world, (transaction) =>
    postToChannel(transaction, world, { channel: group, posts }, options),
  ).map(({ event }) => event)
}

test('each account gets the updates that it would get alone, and equal updates are one object', () => {
  if (!author || !admin || !friend || !stranger) throw new Error('expected seven accounts')
  world.admins.appoint(group.id, admin.id)
  const name = { userId: author.id, phone: '', firstName: 'My', lastName: 'Friend' }
  world.contacts.put(friend, name)
  world.channels.leave(stranger, elsewhere)
  const events = post(author.id)
  for (const first of [author, admin, friend, stranger, ...others]) {
    const present = presentToAudience(world, group, events)
    const presented = [first, author, admin, friend, stranger, ...others].map((account) => {
      const viewer = { world, account }
      const updates = events.flatMap((event) => presentChannelEvent(viewer, group, event) ?? [])
      const expected = { ...updatesContainer(viewer, updates), date: expect.any(Number) as number }
      const actual = present(account)
      expect(withoutSharing(actual)).toEqual(expected)
      return updatesOf(actual)[0]
    })
    const [shared, ...same] = presented.slice(5)
    for (const updates of same) expect(updates).toBe(shared)
    expect(new Set(presented.slice(1)).size).toBe(5)
  }
})

function updatesOf(container: TlObject | null): readonly TlObject[] {
  return (container?.['updates'] ?? []) as readonly TlObject[]
}

/** The container with plain updates instead of those that are encoded once. */
function withoutSharing(container: TlObject | null): TlObject | null {
  return (
    container && {
      ...container,
      updates: updatesOf(container).map((update) => asReusable(update)?.make() ?? update),
    }
  )
}

test('an event whose message was deleted is presented to no account', () => {
  if (!author || !admin) throw new Error('expected seven accounts')
  const [event] = post(author.id)
  if (event === undefined) throw new Error('the post has no event')
  group.delete(event.messageIds[0] ?? 0)
  const present = presentToAudience(world, group, [event])
  expect([present(author), present(admin)]).toEqual([null, null])
})
