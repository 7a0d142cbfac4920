import type { MessageContent } from '@telegather/contracts'
import { tlNumber, tlObject, tlObjects, tlText, tlTextOrNull, type Tl } from './tl-fields.ts'

/** Content of a `MessageMedia`; null when the media is only a file. */
export function mediaContent(media: Tl): MessageContent | null {
  switch (media._) {
    case 'messageMediaPoll':
      return poll(media)
    case 'messageMediaContact':
      return {
        type: 'contact',
        first_name: tlText(media['first_name']),
        last_name: tlText(media['last_name']),
        phone_number: tlText(media['phone_number']),
      }
    case 'messageMediaGeo':
    case 'messageMediaGeoLive':
    case 'messageMediaVenue':
      return location(media)
    case 'messageMediaWebPage':
      return webPage(tlObject(media['webpage']))
    case 'messageMediaDocument':
      return documentContent(tlObject(media['document']))
    default:
      return otherContent(media)
  }
}

function poll(media: Tl): MessageContent {
  const poll = tlObject(media['poll'])
  const results = tlObject(media['results'])
  const votes = new Map(tlObjects(results?.['results']).map((vote) => [vote['option'], vote]))
  return {
    type: 'poll',
    question: tlText(poll?.['question']),
    answers: tlObjects(poll?.['answers']).map(({ text, option }) => {
      const vote = votes.get(option)
      return {
        text: tlText(text),
        voters: tlNumber(vote?.['voters']),
        is_correct: vote?.['correct'] === true,
      }
    }),
    total_voters: tlNumber(results?.['total_voters']),
    is_closed: poll?.['closed'] === true,
    is_quiz: poll?.['quiz'] === true,
  }
}

function location(media: Tl): MessageContent {
  const geo = tlObject(media['geo'])
  return {
    type: 'location',
    latitude: tlNumber(geo?.['lat']),
    longitude: tlNumber(geo?.['long']),
    title: tlTextOrNull(media['title']),
    address: tlTextOrNull(media['address']),
    is_live: media._ === 'messageMediaGeoLive',
  }
}

/** Null when Telegram has no preview of the page (`webPageEmpty` and others); its URL is in the text. */
function webPage(page: Tl | undefined): MessageContent | null {
  if (page?._ !== 'webPage') return null
  return {
    type: 'webpage',
    url: tlTextOrNull(page['url']),
    site_name: tlTextOrNull(page['site_name']),
    title: tlTextOrNull(page['title']),
    description: tlTextOrNull(page['description']),
  }
}

function documentContent(document: Tl | undefined): MessageContent | null {
  const attributes = tlObjects(document?.['attributes'])
  const attribute = (type: string) => attributes.find(({ _ }) => _ === `documentAttribute${type}`)
  const emoji = tlText((attribute('Sticker') ?? attribute('CustomEmoji'))?.['alt'])
  if (emoji) return { type: 'sticker', emoji }
  const audio = attribute('Audio')
  const performer = tlTextOrNull(audio?.['performer'])
  const title = tlTextOrNull(audio?.['title'])
  return performer === null && title === null ? null : { type: 'audio', performer, title }
}

function otherContent(media: Tl): MessageContent | null {
  switch (media._) {
    case 'messageMediaGame': {
      const game = tlObject(media['game'])
      return {
        type: 'game',
        title: tlTextOrNull(game?.['title']),
        description: tlTextOrNull(game?.['description']),
      }
    }
    case 'messageMediaInvoice':
      return {
        type: 'invoice',
        title: tlTextOrNull(media['title']),
        description: tlTextOrNull(media['description']),
      }
    case 'messageMediaDice':
      return {
        type: 'dice',
        title: tlTextOrNull(media['emoticon']),
        description: String(tlNumber(media['value']) ?? ''),
      }
    case 'messageMediaGiveaway':
      return {
        type: 'giveaway',
        title: null,
        description: tlTextOrNull(media['prize_description']),
      }
    case 'messageMediaGiveawayResults':
      return {
        type: 'giveaway_results',
        title: null,
        description: tlTextOrNull(media['prize_description']),
      }
    case 'messageMediaStory':
      return { type: 'story', title: null, description: null }
    case 'messageMediaPaidMedia':
      return { type: 'paid_media', title: null, description: null }
    default:
      return null
  }
}
