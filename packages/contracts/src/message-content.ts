import { z } from 'zod'

const Text = z.string().nullable()
const Count = z.int().nullable()

export const MessagePerson = z
  .object({
    id: z.string().describe('Marked id'),
    name: Text.describe('null when Telegram sent no name'),
  })
  .meta({ id: 'MessagePerson', example: { id: '777', name: 'Anna' } })

const Poll = z.object({
  type: z.literal('poll'),
  question: z.string(),
  answers: z.array(
    z.object({
      text: z.string(),
      voters: Count.describe('null while Telegram hides the result'),
      is_correct: z.boolean().describe('Whether it is the correct answer of a quiz'),
    }),
  ),
  total_voters: Count,
  is_closed: z.boolean(),
  is_quiz: z.boolean(),
})

const Contact = z.object({
  type: z.literal('contact'),
  first_name: z.string(),
  last_name: z.string(),
  phone_number: z.string(),
})

const Location = z.object({
  type: z.literal('location'),
  latitude: z.number().nullable(),
  longitude: z.number().nullable(),
  title: Text.describe('Name of a venue'),
  address: Text.describe('Address of a venue'),
  is_live: z.boolean(),
})

const WebPage = z.object({
  type: z.literal('webpage'),
  url: Text,
  site_name: Text,
  title: Text,
  description: Text,
})

const Audio = z.object({ type: z.literal('audio'), performer: Text, title: Text })

const Sticker = z.object({ type: z.literal('sticker'), emoji: z.string() })

const Other = z.object({
  type: z.enum(['game', 'invoice', 'dice', 'giveaway', 'giveaway_results', 'story', 'paid_media']),
  title: Text,
  description: Text,
})

const Service = z.object({
  type: z.literal('service'),
  action: z.string().describe('Name of the action in Telegram Desktop’s exports'),
  title: Text.describe('New title of a chat or topic'),
  members: z.array(MessagePerson).describe('Users who were added, removed or invited'),
  inviter: MessagePerson.nullable().describe('Owner of the invite link that was used'),
  text: Text.describe('Text of the action, for example of a gift'),
  details: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
    .describe(
      'Further fields of the action, named as in Telegram Desktop’s exports; peers are marked ids',
    ),
})

/** Structured content of a message, besides its text. Stored in `messages.content`. */
export const MessageContent = z
  .discriminatedUnion('type', [Poll, Contact, Location, WebPage, Audio, Sticker, Other, Service])
  .meta({
    id: 'MessageContent',
    example: {
      type: 'poll',
      question: 'Tea or coffee?',
      answers: [
        { text: 'Tea', voters: 12, is_correct: false },
        { text: 'Coffee', voters: 5, is_correct: false },
      ],
      total_voters: 17,
      is_closed: false,
      is_quiz: false,
    },
  })
export type MessageContent = z.infer<typeof MessageContent>
export type MessagePerson = z.infer<typeof MessagePerson>
