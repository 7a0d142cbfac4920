import type { MessageContent, MessagePerson } from '@telegather/contracts'
import { markedId } from '../peer-id.ts'
import type { TlPeer } from '../tl/shapes.ts'
import { tlNumber, tlObject, tlText, tlTextOrNull, type Tl } from './tl-fields.ts'

/** Looks up a peer's name by its marked id; null when unknown. */
export type NameOf = (markedId: string) => string | null

type Details = Extract<MessageContent, { type: 'service' }>['details']

/** A service action, with the name that Telegram Desktop's JSON export gives it. */
interface Action {
  readonly name: string
  /** Fields beside title and members. Null, undefined and empty ones are dropped. */
  readonly details?: Readonly<Record<string, Details[string] | null | undefined>>
  readonly text?: unknown
}

/** Content of a service message, from its `MessageAction`. */
export function serviceContent(action: Tl, nameOf: NameOf): MessageContent {
  const person = (id: unknown): MessagePerson => ({ id: String(id), name: nameOf(String(id)) })
  const { name, details = {}, text } = describe(action, nameOf)
  const { inviter_id: inviterId } = action
  return {
    type: 'service',
    action: name,
    title: tlTextOrNull(action['title']),
    members: memberIds(action).map(person),
    inviter: inviterId === undefined ? null : person(inviterId),
    text: tlTextOrNull(text),
    details: definedOf(details),
  }
}

function memberIds({ users, user_id: userId }: Tl): unknown[] {
  if (Array.isArray(users)) return users
  return userId === undefined ? [] : [userId]
}

/** Actions without details: constructor to export name. */
const SIMPLE: ReadonlyMap<string, string> = new Map([
  ['messageActionChannelCreate', 'create_channel'],
  ['messageActionChannelMigrateFrom', 'migrate_from_group'],
  ['messageActionChatAddUser', 'invite_members'],
  ['messageActionChatCreate', 'create_group'],
  ['messageActionChatDeletePhoto', 'delete_group_photo'],
  ['messageActionChatDeleteUser', 'remove_members'],
  ['messageActionChatEditPhoto', 'edit_group_photo'],
  ['messageActionChatEditTitle', 'edit_group_title'],
  ['messageActionChatJoinedByLink', 'join_group_by_link'],
  ['messageActionChatJoinedByRequest', 'join_group_by_request'],
  ['messageActionChatMigrateTo', 'migrate_to_supergroup'],
  ['messageActionContactSignUp', 'joined_telegram'],
  ['messageActionGiveawayLaunch', 'giveaway_launch'],
  ['messageActionHistoryClear', 'clear_history'],
  ['messageActionInviteToGroupCall', 'invite_to_group_call'],
  ['messageActionPinMessage', 'pin_message'],
  ['messageActionScreenshotTaken', 'take_screenshot'],
  ['messageActionSuggestProfilePhoto', 'suggest_profile_photo'],
  ['messageActionTopicCreate', 'topic_created'],
])

function describe(action: Tl, nameOf: NameOf): Action {
  const simple = SIMPLE.get(action._)
  if (simple !== undefined) return { name: simple }
  return (
    callOrChat(action, nameOf) ??
    payment(action, nameOf) ??
    prize(action, nameOf) ??
    botOrPerson(action) ??
    unknownAction(action)
  )
}

function callOrChat(action: Tl, nameOf: NameOf): Action | null {
  switch (action._) {
    case 'messageActionPhoneCall':
      return {
        name: 'phone_call',
        details: {
          duration_seconds: tlNumber(action['duration']),
          discard_reason: snake(tlObject(action['reason']), 'phoneCallDiscardReason'),
        },
      }
    case 'messageActionGroupCall':
      return { name: 'group_call', details: { duration: tlNumber(action['duration']) } }
    case 'messageActionGroupCallScheduled':
      return {
        name: 'group_call_scheduled',
        details: { schedule_date: tlNumber(action['schedule_date']) },
      }
    case 'messageActionSetMessagesTTL':
      return { name: 'set_messages_ttl', details: { period: tlNumber(action['period']) } }
    case 'messageActionSetChatTheme':
      return {
        name: 'edit_chat_theme',
        details: { emoticon: tlTextOrNull(action['emoticon']) },
      }
    case 'messageActionSetChatWallPaper':
      return { name: action['same'] === true ? 'set_same_chat_wallpaper' : 'set_chat_wallpaper' }
    case 'messageActionTopicEdit':
      return {
        name: 'topic_edit',
        details: {
          new_title: tlTextOrNull(action['title']),
          new_icon_emoji_id: tlTextOrNull(action['icon_emoji_id']),
        },
      }
    case 'messageActionBoostApply':
      return { name: 'boost_apply', details: { boosts: tlNumber(action['boosts']) } }
    case 'messageActionGeoProximityReached':
      return {
        name: 'proximity_reached',
        details: {
          ...namedPeer('from', action['from_id'], nameOf),
          ...namedPeer('to', action['to_id'], nameOf),
          distance: tlNumber(action['distance']),
        },
      }
    default:
      return null
  }
}

function payment(action: Tl, nameOf: NameOf): Action | null {
  const amount = { amount: tlNumber(action['total_amount']), currency: tlText(action['currency']) }
  switch (action._) {
    case 'messageActionPaymentSent':
    case 'messageActionPaymentSentMe':
      return { name: 'send_payment', details: { ...amount, recurring: recurring(action) } }
    case 'messageActionPaymentRefunded':
      return {
        name: 'refunded_payment',
        details: {
          ...amount,
          peer_name: nameOf(peer(action['peer']) ?? ''),
          peer_id: peer(action['peer']),
          charge_id: tlTextOrNull(tlObject(action['charge'])?.['id']),
        },
      }
    case 'messageActionGiftPremium':
      return {
        name: 'send_premium_gift',
        details: { cost: cost(action), months: tlNumber(action['months']) },
        text: action['message'],
      }
    case 'messageActionGiftStars':
      return {
        name: 'send_stars_gift',
        details: { cost: cost(action), amount_whole: tlNumber(action['stars']), amount_nano: 0 },
      }
    case 'messageActionStarGift':
    case 'messageActionStarGiftUnique':
      return starGift(action)
    default:
      return null
  }
}

function prize(action: Tl, nameOf: NameOf): Action | null {
  switch (action._) {
    case 'messageActionGiftCode':
      return {
        name: 'gift_code_prize',
        details: {
          gift_code: tlText(action['slug']),
          boost_peer_id: peer(action['boost_peer']),
          months: tlNumber(action['months']),
          unclaimed: action['unclaimed'] === true,
          via_giveaway: action['via_giveaway'] === true,
        },
        text: action['message'],
      }
    case 'messageActionGiveawayResults':
      return {
        name: 'giveaway_results',
        details: {
          winners: tlNumber(action['winners_count']),
          unclaimed: tlNumber(action['unclaimed_count']),
          stars: action['stars'] === true,
        },
      }
    case 'messageActionPrizeStars':
      return {
        name: 'stars_prize',
        details: {
          boost_peer_id: peer(action['boost_peer']),
          boost_peer_name: nameOf(peer(action['boost_peer']) ?? ''),
          stars: tlNumber(action['stars']),
          is_unclaimed: action['unclaimed'] === true,
          giveaway_msg_id: tlNumber(action['giveaway_msg_id']),
          transaction_id: tlText(action['transaction_id']),
        },
      }
    default:
      return null
  }
}

function botOrPerson(action: Tl): Action | null {
  switch (action._) {
    case 'messageActionGameScore':
      return { name: 'score_in_game', details: { score: tlNumber(action['score']) } }
    case 'messageActionBotAllowed':
      return botAllowed(action)
    case 'messageActionSecureValuesSent':
    case 'messageActionSecureValuesSentMe':
      return { name: 'send_passport_values', details: { values: passportValues(action) } }
    case 'messageActionWebViewDataSent':
    case 'messageActionWebViewDataSentMe':
      return { name: 'send_webview_data', text: action['text'] }
    case 'messageActionRequestedPeer':
    case 'messageActionRequestedPeerSentMe':
      return {
        name: 'requested_peer',
        details: { button_id: tlNumber(action['button_id']), peers: peersOf(action['peers']) },
      }
    case 'messageActionCustomAction':
      return { name: 'custom_action', text: action['message'] }
    default:
      return null
  }
}

/** An action of a later layer: `messageActionNewThing` becomes `new_thing`. */
function unknownAction(action: Tl): Action {
  return { name: snake(action, 'messageAction') ?? 'empty' }
}

function starGift(action: Tl): Action {
  const gift = tlObject(action['gift'])
  return {
    name: 'send_star_gift',
    details: {
      gift_id: tlTextOrNull(gift?.['id']),
      stars: tlNumber(gift?.['stars']),
      is_limited: gift?.['limited'] === true,
      is_anonymous: action['name_hidden'] === true,
    },
    text: action['message'],
  }
}

function botAllowed(action: Tl): Action {
  if (action['attach_menu'] === true) return { name: 'attach_menu_bot_allowed' }
  if (action['from_request'] === true) return { name: 'web_app_bot_allowed' }
  const name = 'allow_sending_messages'
  const app = tlObject(action['app'])
  if (app !== undefined)
    return {
      name,
      details: {
        reason_app_id: tlTextOrNull(app['id']),
        reason_app_name: tlTextOrNull(app['title']),
      },
    }
  return { name, details: { reason_domain: tlTextOrNull(action['domain']) } }
}

function passportValues({ types, values }: Tl): string[] {
  const objects = [types, values].flatMap((list) => (Array.isArray(list) ? list : []))
  return objects.flatMap((value: unknown) => {
    const object = tlObject(value)
    const type = snake(tlObject(object?.['type']) ?? object, 'secureValueType')
    if (type === null) return []
    return type === 'address' ? 'address_information' : type === 'phone' ? 'phone_number' : type
  })
}

function recurring(action: Tl): string | null {
  if (action['recurring_used'] === true) return 'used'
  return action['recurring_init'] === true ? 'init' : null
}

/** A formatted price, such as `$4.99` or `⭐1,000`. TL amounts are in the currency's smallest unit; `XTR` is Stars. */
function cost(action: Tl): string | null {
  const amount = tlNumber(action['amount'])
  const currency = tlText(action['currency'])
  if (amount === null || !/^[A-Z]{3}$/.test(currency)) return null
  if (currency === 'XTR') return `⭐${amount.toLocaleString('en-US')}`
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency })
  const digits = format.resolvedOptions().maximumFractionDigits ?? 0
  return format.format(amount / 10 ** digits)
}

function namedPeer(field: 'from' | 'to', value: unknown, nameOf: NameOf): Action['details'] {
  const id = peer(value)
  return { [field]: id === null ? null : nameOf(id), [`${field}_id`]: id }
}

/** The marked id of a TL peer; null when the value is not a peer. */
function peer(value: unknown): string | null {
  const object = tlObject(value)
  const isPeer = object !== undefined && /^peer(?:User|Chat|Channel)$/.test(object._)
  return isPeer ? markedId(object as unknown as TlPeer) : null
}

function peersOf(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : []
  return list.flatMap((item) => peer(item) ?? [])
}

/** A constructor's name in snake case, without the prefix `type`; null when nothing is left. */
function snake(object: Tl | undefined, type: string): string | null {
  if (object === undefined) return null
  const name = object._.startsWith(type) ? object._.slice(type.length) : object._
  return name.replaceAll(/(?!^)[A-Z]/g, '_$&').toLowerCase() || null
}

function definedOf(details: NonNullable<Action['details']>): Details {
  const entries = Object.entries(details)
  return Object.fromEntries(
    entries.flatMap(([key, value]) =>
      value === null || value === undefined || value === '' ? [] : [[key, value]],
    ),
  )
}
