import { Api } from 'telegram/tl/index.js'
import { z } from 'zod'
import type { Message } from '../../message.ts'
import { channelRef, MAX_PAGE, messageId } from '../../port.ts'
import { mapMessages } from '../../tl/map-message.ts'
import { readMessages } from '../decode-answer.ts'
import { method } from '../method.ts'
import { inputChannel } from '../peers.ts'

/** The messages with these ids, 100 at most; deleted ones are left out. */
export const messagesById = method({
  tl: ['channels.getMessages'],
  kind: 'read',
  args: z.object({ channel: channelRef, ids: z.array(messageId).max(MAX_PAGE).readonly() }),
  async call(client, { channel, ids }, options): Promise<readonly Message[]> {
    const request = new Api.channels.GetMessages({
      channel: inputChannel(channel),
      id: ids.map((id) => new Api.InputMessageID({ id })),
    })
    return mapMessages(await client.invoke(request, options, readMessages))
  },
})
