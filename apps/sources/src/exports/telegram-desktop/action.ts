import type { MessageContent } from '@telegather/contracts'
import { tlObject, type Tl } from '@telegather/telegram'
import { writtenPhoto } from './media.ts'
import { peerIdOf, type Fields } from './tl.ts'

type Service = Extract<MessageContent, { type: 'service' }>

/** Actions that Telegram Desktop writes without `actor`. */
const WITHOUT_ACTOR: ReadonlySet<string> = new Set([
  'allow_sending_messages',
  'attach_menu_bot_allowed',
  'gift_code_prize',
  'giveaway_launch',
  'giveaway_results',
  'proximity_reached',
  'refunded_payment',
  'send_passport_values',
  'send_payment',
  'send_webview_data',
  'web_app_bot_allowed',
])

const WITH_MEMBERS: ReadonlySet<string> = new Set([
  'create_group',
  'invite_members',
  'invite_to_group_call',
  'remove_members',
])

const WITH_PHOTO: ReadonlySet<string> = new Set(['edit_group_photo', 'suggest_profile_photo'])

/** Field with the id of the message that the action refers to, by action. */
const MESSAGE_FIELDS: ReadonlyMap<string, string> = new Map([
  ['pin_message', 'message_id'],
  ['score_in_game', 'game_message_id'],
  ['send_payment', 'invoice_message_id'],
  ['set_chat_wallpaper', 'message_id'],
  ['set_same_chat_wallpaper', 'message_id'],
])

const PEER_FIELDS: ReadonlySet<string> = new Set(['boost_peer_id', 'from_id', 'peer_id', 'to_id'])

export function hasActor({ action }: Service): boolean {
  return !WITHOUT_ACTOR.has(action)
}

/** The fields that Telegram Desktop writes for a service message. `raw` is the action's TL object. */
export function writtenAction(service: Service, replyToId: number | null, raw: Tl): Fields {
  const { action, title, members, inviter, text, details } = service
  if (action === 'custom_action') return { information_text: text ?? '' }
  const messageField = MESSAGE_FIELDS.get(action)
  return {
    ...(action !== 'empty' && { action }),
    ...(title !== null && action !== 'topic_edit' && { title }),
    ...(WITH_MEMBERS.has(action) && { members: members.map(({ name }) => name) }),
    ...(inviter !== null && { inviter: inviter.name }),
    ...(WITH_PHOTO.has(action) && writtenPhoto(tlObject(raw['photo']))),
    ...writtenDetails(details),
    ...(action === 'send_star_gift' && text !== null && { gift_text: text }),
    ...(messageField !== undefined && replyToId !== null && { [messageField]: replyToId }),
  }
}

function writtenDetails(details: Service['details']): Fields {
  const entries = Object.entries(details).map(([name, value]) => [
    name,
    PEER_FIELDS.has(name) && typeof value === 'string' ? peerIdOf(value) : value,
  ])
  return Object.fromEntries(entries) as Fields
}
