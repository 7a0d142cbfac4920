import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import api from 'telegram/tl/apiTl.js'
import { describe, expect, test } from 'vitest'
import { toBuffer } from '../memory/lazy-bytes.ts'
import { TlEncodeError } from './errors.ts'
import { loadSchemas, SERVICE_DEFINITIONS } from './layers.ts'
import type { TlObject, TlValue } from './object.ts'
import { parseSchema } from './parse.ts'
import { Sampler } from './sample.ts'
import { createSchemaSet } from './schema.ts'

const path = fileURLToPath(
  new URL('../../../../../shared/telegram-schema/api-144.tl', import.meta.url),
)

/** The constructor names in the emulator's sources. */
function emitted(): string[] {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  const names = sources.flatMap((file) =>
    Array.from(
      readFileSync(join(root, file), 'utf8').matchAll(/\b_: '([\w.]+)'/g),
      ([, name]) => name ?? '',
    ),
  )
  return [...new Set(names)].toSorted()
}

describe.skipIf(!existsSync(path))('in layer 144', () => {
  const old = loadSchemas([{ layer: 144, path }]).layer(144)
  const definitions144 = parseSchema(readFileSync(path, 'utf8'))
  /** Decodes only this layer, like a client of it. */
  const client = createSchemaSet(SERVICE_DEFINITIONS, new Map([[144, definitions144]]))
  const downgraded = (object: TlObject) => client.decode(old.encode(object))

  test('a client of layer 144 can decode everything that is sent to it', () => {
    const refused = new Set<string>()
    const constructors = parseSchema(api).filter(({ isFunction }) => !isFunction)
    const sampler = new Sampler(constructors, 1)
    for (const definition of [...constructors, ...constructors, ...constructors]) {
      const object = sampler.object(definition, 5)
      try {
        expect(downgraded(object)._).toBe(definition.name)
      } catch (error) {
        if (!(error instanceof TlEncodeError)) throw error
        refused.add(definition.name)
      }
    }
    // Types whose only field may be of a newer constructor.
    const hollow = [
      'auth.sentCode',
      'documentAttributeSticker',
      'inputSingleMedia',
      'reactionCount',
      'updateShort',
    ]
    const lost = emitted().filter((name) => client.layer(null).has(name) && refused.has(name))
    expect(hollow).toEqual(expect.arrayContaining(lost))
  })

  test('each newer constructor has a former form, or can be omitted where it is used', () => {
    const newest = loadSchemas().layer(null)
    const newer = emitted().filter((name) => newest.has(name) && !client.layer(null).has(name))
    const withFormerForm = ['messages.invitedUsers', 'reactionEmoji', 'textWithEntities']
    const elements = ['reactionCustomEmoji', 'reactionPaid']
    expect([...withFormerForm, ...elements]).toEqual(expect.arrayContaining(newer))
  })

  const peer_id = { _: 'peerChannel', channel_id: 5n }
  const message = { _: 'message', id: 7, peer_id, date: 1, message: 'text' }

  test.each<[string, Record<string, TlValue>, Record<string, TlValue>]>([
    [
      'a story is media that the client does not support',
      { media: { _: 'messageMediaStory', peer: peer_id, id: 1 } },
      { media: { _: 'messageMediaUnsupported' } },
    ],
    ['a reply to a story', { reply_to: { _: 'messageReplyStoryHeader', peer: peer_id } }, {}],
    [
      'the text of a poll has no entities',
      {
        media: { _: 'messageMediaPoll', poll: poll(textWithEntities), results: results([peer_id]) },
      },
      { media: { _: 'messageMediaPoll', poll: poll((text) => text), results: results([]) } },
    ],
    [
      'reactions by emoji are strings, others are left out',
      { reactions: reactions({ _: 'reactionEmoji', emoticon: '👍' }) },
      {
        reactions: {
          _: 'messageReactions',
          results: [{ _: 'reactionCount', chosen: true, reaction: '👍', count: 3 }],
        },
      },
    ],
  ])('%s', (_name, newer, older) => {
    expect(downgraded({ ...message, ...newer })).toEqual({ ...message, ...older })
  })

  test('an unknown action becomes an empty action', () => {
    const service = { _: 'messageService', id: 7, peer_id, date: 1 }
    const action = { _: 'messageActionBoostApply', boosts: 1 }
    expect(downgraded({ ...service, action })).toEqual({
      ...service,
      action: { _: 'messageActionEmpty' },
    })
  })

  test('unknown updates are omitted', () => {
    const known = { _: 'updateDeleteMessages', messages: [1], pts: 2, pts_count: 1 }
    const updates = [{ _: 'updateUser', user_id: 1n }, known]
    const all = { _: 'updates', updates, users: [], chats: [], date: 1, seq: 0 }
    expect(downgraded(all)).toEqual({ ...all, updates: [known] })
    expect(() =>
      downgraded({ _: 'updateShort', update: { _: 'updateUser', user_id: 1n }, date: 1 }),
    ).toThrow(TlEncodeError)
  })

  test('durations become whole seconds', () => {
    const video = { _: 'documentAttributeVideo', w: 1, h: 2 }
    expect(downgraded({ ...video, duration: 2.6 })).toEqual({ ...video, duration: 3 })
  })

  test('results have the types of the layer', () => {
    const updates = { _: 'updates', updates: [], users: [], chats: [], date: 1, seq: 0 }
    const invited = { _: 'messages.invitedUsers', updates, missing_invitees: [] }
    const result = old.encodeResult('channels.inviteToChannel', invited)
    expect(client.decode(toBuffer(result))).toEqual(updates)
  })

  function textWithEntities(text: string): TlValue {
    return {
      _: 'textWithEntities',
      text,
      entities: [{ _: 'messageEntityBold', offset: 0, length: 1 }],
    }
  }

  function poll(form: (text: string) => TlValue): TlObject {
    const answers = [{ _: 'pollAnswer', text: form('yes'), option: Buffer.of(1) }]
    return { _: 'poll', id: 1n, question: form('why?'), answers }
  }

  function results(peers: readonly TlValue[]): TlObject {
    return { _: 'pollResults', recent_voters: peers }
  }

  function reactions(reaction: TlObject): TlObject {
    const custom = { _: 'reactionCustomEmoji', document_id: 1n }
    return {
      _: 'messageReactions',
      results: [
        { _: 'reactionCount', chosen_order: 1, reaction, count: 3 },
        { _: 'reactionCount', reaction: custom, count: 1 },
      ],
    }
  }
})
