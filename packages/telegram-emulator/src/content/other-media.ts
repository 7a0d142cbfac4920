import type { TlObject } from '../tl/object.ts'
import { encodeFileId } from '../world/file-id.ts'
import { PHOTO_BYTES, type PostKind } from './archetype.ts'
import type { ChannelContext } from './channel-context.ts'
import { drawLogNormal } from './distribution.ts'
import { photoObject } from './media-objects.ts'
import type { Random } from './random.ts'
import { webAddress } from './text-entities.ts'

const NO_FORMAT: readonly TlObject[] = []

function plainText(text: string): TlObject {
  return { _: 'textWithEntities', text, entities: NO_FORMAT }
}

function previewPhoto(
  random: Random,
  context: ChannelContext,
  messageId: number,
  date: number,
): TlObject {
  const size = Math.round(Math.max(20_000, drawLogNormal(random, PHOTO_BYTES) / 2))
  const id = encodeFileId(context.channelId, messageId, 'preview')
  const sides = { width: 1200, height: 630 }
  return photoObject(
    { id, format: 'jpeg', size, name: null, mimeType: 'image/jpeg', ...sides },
    date,
  )
}

/** The first address that a text links to, if any. */
function linkedAddress(text: string, entities: readonly TlObject[]): string | undefined {
  for (const entity of entities) {
    if (entity._ === 'messageEntityTextUrl') return entity['url'] as string
    if (entity._ === 'messageEntityUrl') {
      const from = Number(entity['offset'])
      return text.slice(from, from + Number(entity['length']))
    }
  }
  return undefined
}

export interface Preview {
  readonly messageId: number
  readonly date: number
  readonly text: string
  readonly entities: readonly TlObject[]
}

/** A preview of the web page that a text links to. */
export function webPageMedia(random: Random, context: ChannelContext, preview: Preview): TlObject {
  const { messageId, date } = preview
  const url = linkedAddress(preview.text, preview.entities) ?? webAddress(random)
  const withPhoto = random.chance(0.6)
  const webpage: TlObject = {
    _: 'webPage',
    id: encodeFileId(context.channelId, messageId, 'preview'),
    url,
    display_url: url.replace('https://', ''),
    hash: 0,
    type: withPhoto ? 'photo' : 'article',
    site_name: new URL(url).hostname,
    title: random.pick(context.lexicon.titles),
    description: `${random.pick(context.lexicon.subjects)} ${random.pick(context.lexicon.predicates)}`,
    ...(withPhoto ? { photo: previewPhoto(random, context, messageId, date) } : {}),
  }
  return { _: 'messageMediaWebPage', webpage }
}

function pollMedia(random: Random, context: ChannelContext, messageId: number): TlObject {
  const { lexicon } = context
  const count = 2 + random.below(Math.min(4, lexicon.answers.length - 1))
  const first = random.below(lexicon.answers.length)
  const options = Array.from({ length: count }, (_, index) => Buffer.from(String(index)))
  const votes = options.map(() => random.below(400))
  const quiz = random.chance(0.2)
  const text = (index: number): string =>
    lexicon.answers[(first + index) % lexicon.answers.length] ?? ''
  return {
    _: 'messageMediaPoll',
    poll: {
      _: 'poll',
      id: encodeFileId(context.channelId, messageId, 'media'),
      ...(quiz ? { quiz: true } : {}),
      ...(random.chance(0.2) ? { closed: true } : {}),
      question: plainText(random.pick(lexicon.questions)),
      answers: options.map((option, index) => ({
        _: 'pollAnswer',
        text: plainText(text(index)),
        option,
      })),
    },
    results: {
      _: 'pollResults',
      results: options.map((option, index) => ({
        _: 'pollAnswerVoters',
        ...(quiz && index === 0 ? { correct: true } : {}),
        option,
        voters: votes[index] ?? 0,
      })),
      total_voters: votes.reduce((sum, voters) => sum + voters, 0),
    },
  }
}

/** Media without a file: polls, places, contacts, and unsupported media. */
export function otherMedia(
  random: Random,
  context: ChannelContext,
  messageId: number,
  kind: PostKind,
): TlObject | undefined {
  if (kind === 'poll') return pollMedia(random, context, messageId)
  if (kind === 'location') {
    const [lat, long] = [random.float() * 120 - 60, random.float() * 360 - 180]
    return { _: 'messageMediaGeo', geo: { _: 'geoPoint', long, lat, access_hash: random.long() } }
  }
  if (kind === 'contact') {
    return {
      _: 'messageMediaContact',
      phone_number: `12025550${100 + random.below(100)}`,
      first_name: random.pick(context.lexicon.firstNames),
      last_name: random.pick(context.lexicon.lastNames),
      vcard: '',
      user_id: 0n,
    }
  }
  return kind === 'unsupported' ? { _: 'messageMediaUnsupported' } : undefined
}
