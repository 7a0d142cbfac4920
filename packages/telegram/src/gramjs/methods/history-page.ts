import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { z } from 'zod'
import { channelRef, MAX_PAGE, messageId, type HistoryPage } from '../../port.ts'
import { mapMessages } from '../../tl/map-message.ts'
import { readMessages } from '../decode-answer.ts'
import { method } from '../method.ts'
import { inputPeerChannel } from '../peers.ts'

/**
 * Skips `skip` messages after `afterId` and returns the next ones, at most `limit` (default 100). A page at the newest
 * message may begin with skipped messages.
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
      // Telegram lists messages from newest to oldest. A negative `addOffset` moves the page towards newer messages.
      offsetId: afterId + 1,
      addOffset: -limit - skip,
      limit,
      offsetDate: 0,
      maxId: 0,
      minId: 0,
      hash: returnBigInt(0),
    })
    const answer = await client.invoke(request, options, readMessages)
    // Telegram fills a page at the newest message up with messages from before the offset.
    const newer = mapMessages(answer).filter(({ id }) => id > afterId)
    const page: HistoryPage = {
      messages: newer.toSorted((a, b) => a.id - b.id),
      totalCount: answer.count ?? answer.messages.length,
    }
    return page
  },
})
