import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { z } from 'zod'
import { MAX_PAGE, type DialogsPage } from '../../port.ts'
import { mapChannel, mapGroup } from '../../tl/map-peer.ts'
import type { TlChat, TlDialogs } from '../../tl/shapes.ts'
import { cursorAfter, offsetOf } from '../dialogs-cursor.ts'
import { method } from '../method.ts'

/** The channels, supergroups and basic groups on a page of `limit` dialogs (default 100). */
export const dialogs = method({
  tl: ['messages.getDialogs'],
  kind: 'read',
  args: z.object({
    /** Null for the first page. */
    cursor: z.string().nullable(),
    limit: z.int().min(1).max(MAX_PAGE).optional(),
  }),
  async call(client, { cursor, limit = MAX_PAGE }, options): Promise<DialogsPage> {
    const request = { ...offsetOf(cursor), limit, hash: returnBigInt(0) }
    const page = await client.invoke<TlDialogs>(new Api.messages.GetDialogs(request), options)
    // A group and a channel may have the same id.
    const channelsById = byId(page.chats, mapChannel)
    const groupsById = byId(page.chats, mapGroup)
    const channels = page.dialogs.flatMap(({ peer }) => {
      const channel = peer._ === 'peerChannel' ? channelsById.get(peer.channel_id) : undefined
      return channel?.isMember ? [channel] : []
    })
    const groups = page.dialogs.flatMap(
      ({ peer }) => (peer._ === 'peerChat' && groupsById.get(peer.chat_id)) || [],
    )
    const next = cursorAfter(page)
    return { channels, groups, cursor: next === cursor ? null : next }
  },
})

function byId<T>(
  chats: readonly TlChat[],
  map: (chat: TlChat) => T | null,
): ReadonlyMap<string, T> {
  const mapped = new Map<string, T>()
  for (const chat of chats) {
    const value = map(chat)
    if (value !== null) mapped.set(chat.id, value)
  }
  return mapped
}
