import { expect, test } from 'vitest'
import { mapMessages } from '../src/tl/map-message.ts'

test('emoji, custom emoji and stars are mapped to reactions, and an empty reaction is left out', () => {
  const reactions = [
    { _: 'reactionEmoji', emoticon: '👍' },
    { _: 'reactionCustomEmoji', document_id: '5368324170671202286' },
    { _: 'reactionPaid' },
    { _: 'reactionEmpty' },
  ] as const
  const [message] = mapMessages({
    messages: [
      {
        _: 'message',
        id: 1,
        peer_id: { _: 'peerChannel', channel_id: '12345' },
        date: 1_700_000_000,
        message: 'Words',
        reactions: {
          results: reactions.map((reaction, index) => ({ reaction, count: index + 1 })),
        },
      },
    ],
    chats: [],
    users: [],
  })
  expect(message?.reactions).toEqual([
    { reaction: '👍', count: 1 },
    { reaction: '5368324170671202286', count: 2 },
    { reaction: 'paid', count: 3 },
  ])
})
