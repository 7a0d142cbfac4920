import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { z } from 'zod'
import { channelRef } from '../../port.ts'
import { mapMessages } from '../../tl/map-message.ts'
import { readMessages } from '../decode-answer.ts'
import { method } from '../method.ts'
import { inputPeerChannel } from '../peers.ts'

/** The id of the channel's last message before `instant`, rounded down to the second; 0 when there is none. */
export const lastIdBefore = method({
  tl: ['messages.getHistory'],
  kind: 'read',
  args: z.object({ channel: channelRef, instant: z.iso.datetime() }),
  async call(client, { channel, instant }, options) {
    const request = new Api.messages.GetHistory({
      peer: inputPeerChannel(channel),
      offsetId: 0,
      offsetDate: Math.floor(Date.parse(instant) / 1000),
      addOffset: 0,
      limit: 1,
      maxId: 0,
      minId: 0,
      hash: returnBigInt(0),
    })
    const answer = await client.invoke(request, options, readMessages)
    return mapMessages(answer)[0]?.id ?? 0
  },
})
