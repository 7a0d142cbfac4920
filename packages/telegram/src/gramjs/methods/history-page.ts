import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { z } from 'zod'
import { channelRef, MAX_PAGE, messageId, type HistoryPage } from '../../port.ts'
import { mapMessages } from '../../tl/map-message.ts'
import { readMessages } from '../decode-answer.ts'
import { method } from '../method.ts'
import { inputPeerChannel } from '../peers.ts'

/**
 * The messages that follow `afterId` and the `skip` messages after it, `limit` at most, 100 by default. Where fewer than
 * `limit` follow, some of those skipped come before them.
 */
export const historyPage = method({
  tl: ['messages.getHistory'],
  kind: 'read',
  args: z.object({
    channel: channelRef,
    afterId: messageId,
    skip: z.int().min(0).optional(),
    limit: z.int().min(1).max(MAX_PAGE).optional(),
  }),
  async call(client, { channel, afterId, skip = 0, limit = MAX_PAGE }, options) {
    const request = new Api.messages.GetHistory({
      peer: inputPeerChannel(channel),
      // Telegram lists from the newest down; stepping back by a page shows what precedes the offset.
      offsetId: afterId + 1,
      addOffset: -limit - skip,
      limit,
      offsetDate: 0,
      maxId: 0,
      minId: 0,
      hash: returnBigInt(0),
    })
    const answer = await client.invoke(request, options, readMessages)
    // Near the newest message a page is filled up with messages from before the offset.
    const newer = mapMessages(answer).filter(({ id }) => id > afterId)
    const page: HistoryPage = {
      messages: newer.toSorted((a, b) => a.id - b.id),
      totalCount: answer.count ?? answer.messages.length,
    }
    return page
  },
})
