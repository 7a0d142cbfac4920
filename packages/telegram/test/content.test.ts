import { describe, expect, test } from 'vitest'
import { contentOf, contentWords, largestPhotoSize, summaryOf } from '../src/index.ts'
import { parseSchema } from '../src/tl/schema.ts'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const text = (value: string) => ({ _: 'textWithEntities', text: value, entities: [] })

const POLL = {
  _: 'messageMediaPoll',
  poll: {
    _: 'poll',
    id: '1',
    quiz: true,
    closed: true,
    question: text('Tea or coffee?'),
    answers: [
      { _: 'pollAnswer', text: text('Tea'), option: 'MA==' },
      { _: 'pollAnswer', text: text('Coffee'), option: 'MQ==' },
    ],
  },
  results: {
    _: 'pollResults',
    total_voters: 17,
    // Not in the order of the answers.
    results: [
      { _: 'pollAnswerVoters', option: 'MQ==', voters: 5 },
      { _: 'pollAnswerVoters', option: 'MA==', voters: 12, correct: true },
    ],
  },
}

const summaryOfMedia = (media: object) =>
  summaryOf({ kind: 'other', content: contentOf({ media }) })
const names = new Map([
  ['777', 'Anna'],
  ['778', 'Ben Ray'],
])
const nameOf = (id: string) => names.get(id) ?? null
const summaryOfAction = (action: object) =>
  summaryOf({ kind: 'service', content: contentOf({ action }, nameOf) })

describe('the content of a message', () => {
  test('the content of a poll has its question, answers and votes', () => {
    const content = contentOf({ message: '', media: POLL })
    expect(content).toEqual({
      type: 'poll',
      question: 'Tea or coffee?',
      answers: [
        { text: 'Tea', voters: 12, is_correct: true },
        { text: 'Coffee', voters: 5, is_correct: false },
      ],
      total_voters: 17,
      is_closed: true,
      is_quiz: true,
    })
    expect(summaryOf({ kind: 'poll', content })).toBe(
      'Closed quiz: Tea or coffee? Tea 12 (correct), Coffee 5 (17 votes)',
    )
    expect(content && contentWords(content)).toBe('Tea or coffee?\nTea\nCoffee')
  })

  test('the content of a poll has no votes while Telegram hides them', () => {
    const media = {
      ...POLL,
      poll: { ...POLL.poll, quiz: undefined, closed: undefined },
      results: { _: 'pollResults' },
    }
    expect(contentOf({ media })).toMatchObject({
      answers: [{ voters: null }, {}],
      total_voters: null,
    })
    expect(summaryOfMedia(media)).toBe('Poll: Tea or coffee? Tea, Coffee')
  })

  test.each([
    [
      {
        _: 'messageMediaContact',
        phone_number: '12025550123',
        first_name: 'Anna',
        last_name: 'Bell',
        vcard: '',
        user_id: '0',
      },
      'Contact: Anna Bell, +12025550123',
    ],
    [
      { _: 'messageMediaGeo', geo: { _: 'geoPoint', lat: 48.2, long: 16.37 } },
      'Location: 48.2, 16.37',
    ],
    [{ _: 'messageMediaGeoLive', geo: { _: 'geoPointEmpty' }, period: 60 }, 'Live location'],
    [
      {
        _: 'messageMediaVenue',
        geo: { _: 'geoPoint', lat: 48.2, long: 16.37 },
        title: 'Café Central',
        address: 'Herrengasse 14',
      },
      'Location: Café Central, Herrengasse 14',
    ],
    [
      { _: 'messageMediaWebPage', webpage: { _: 'webPage', url: 'https://a.org', title: 'News' } },
      'Link: “News”',
    ],
    [{ _: 'messageMediaDice', value: 6, emoticon: '🎲' }, '🎲: 6'],
    [{ _: 'messageMediaUnsupported' }, 'Message of a kind that is not shown here'],
  ])('the summary of the media %j is “%s”', (media, expected) => {
    expect(summaryOfMedia(media)).toBe(expected)
  })

  test.each([
    [{ _: 'messageActionChatEditTitle', title: 'World' }, 'The title was changed to “World”'],
    [{ _: 'messageActionChannelCreate', title: 'News' }, 'The channel “News” was created'],
    [{ _: 'messageActionChatAddUser', users: ['777', '778', '9'] }, 'Added Anna, Ben Ray, user 9'],
    [{ _: 'messageActionChatDeleteUser', user_id: '777' }, 'Removed Anna'],
    [
      { _: 'messageActionChatJoinedByLink', inviter_id: '778' },
      'Joined by an invite link of Ben Ray',
    ],
    [{ _: 'messageActionPinMessage' }, 'A message was pinned'],
    [{ _: 'messageActionCustomAction', message: 'You did it' }, 'You did it'],
    [{ _: 'messageActionOfLaterLayer' }, 'Of later layer'],
  ])('the summary of the action %j is “%s”', (action, expected) => {
    expect(summaryOfAction(action)).toBe(expected)
  })

  test.each([
    ['USD', 499, '$4.99'],
    ['JPY', 500, '¥500'],
    ['XTR', 1000, '⭐1,000'],
  ])('the price of a gift in %s, %i, is %s', (currency, amount, cost) => {
    const action = { _: 'messageActionGiftPremium', currency, amount: String(amount), months: 3 }
    expect(contentOf({ action })).toMatchObject({ details: { cost, months: 3 } })
  })

  test('a text has no content and no summary, and the summary of a file is its kind', () => {
    expect(contentOf({ message: 'Hello' })).toBeNull()
    expect(contentOf({ message: 'Hello', media: { _: 'messageMediaPhoto' } })).toBeNull()
    expect(summaryOf({ kind: 'text', content: null })).toBeNull()
    expect(summaryOf({ kind: 'photo', content: null })).toBe('Photo')
  })

  test('every action of the schema has a summary and Telegram Desktop’s name', () => {
    const path = createRequire(import.meta.url).resolve('telegram/tl/apiTl.js')
    const actions = parseSchema(readFileSync(path, 'utf8'))
      .map(({ name }) => name)
      .filter((name) => /^messageAction[A-Z]/.test(name))
    expect(actions.length).toBeGreaterThanOrEqual(48)
    for (const _ of actions) {
      const content = contentOf({ action: { _ } })
      expect(content).toMatchObject({ type: 'service', action: expect.stringMatching(/^[a-z_]+$/) })
      expect(summaryOf({ kind: 'service', content })).toMatch(/^[A-Z].{5,}/)
      const action = content?.type === 'service' ? content.action : ''
      if (_ !== 'messageActionEmpty') expect([_, DESKTOP_WORDS.has(action)]).toEqual([_, true])
    }
  })
})

/** Action names in Telegram Desktop's `export_output_json.cpp`. `custom_action` is the one with `information_text`. */
const DESKTOP_WORDS = new Set(
  `allow_sending_messages attach_menu_bot_allowed boost_apply clear_history create_channel create_group custom_action
  delete_group_photo edit_chat_theme edit_group_photo edit_group_title gift_code_prize giveaway_launch giveaway_results
  group_call group_call_scheduled invite_members invite_to_group_call join_group_by_link join_group_by_request
  joined_telegram migrate_from_group migrate_to_supergroup phone_call pin_message proximity_reached refunded_payment
  remove_members requested_peer score_in_game send_passport_values send_payment send_premium_gift send_star_gift
  send_stars_gift send_webview_data set_chat_wallpaper set_messages_ttl stars_prize suggest_profile_photo
  take_screenshot topic_created topic_edit web_app_bot_allowed`.split(/\s+/),
)

describe('the stored size of a photo', () => {
  const size = (type: string, w: number, h: number, bytes: number) => ({
    _: 'photoSize',
    type,
    w,
    h,
    size: bytes,
  })

  test('the photo size with the most pixels, then the most bytes, is stored', () => {
    const stripped = { _: 'photoStrippedSize', type: 'i', bytes: 'AQ==' }
    const smaller = size('y', 1280, 960, 200_000)
    const sizes = [stripped, smaller, size('w', 2560, 1920, 150_000), size('m', 320, 240, 9000)]
    expect(largestPhotoSize(sizes)).toMatchObject({ type: 'w', width: 2560, size: 150_000 })
    const progressive = {
      _: 'photoSizeProgressive',
      type: 'z',
      w: 1280,
      h: 960,
      sizes: [1, 250_000],
    }
    expect(largestPhotoSize([smaller, progressive])).toMatchObject({ type: 'z', size: 250_000 })
  })

  test('a cached photo size is stored when the photo has no other', () => {
    const cached = { _: 'photoCachedSize', type: 's', w: 90, h: 60, bytes: 'AQIDBA==' }
    expect(largestPhotoSize([cached])).toEqual({
      type: 's',
      width: 90,
      height: 60,
      size: 4,
      content: 'AQIDBA==',
    })
    expect(largestPhotoSize([{ _: 'photoStrippedSize', type: 'i', bytes: 'AQ==' }])).toBeNull()
    expect(largestPhotoSize(undefined)).toBeNull()
  })
})
