import { writtenPhoto } from './media.ts'
import { object, type Fields, type Tl } from './tl.ts'

/** What Telegram Desktop calls what happened. */
const ACTIONS: Readonly<Record<string, string>> = {
  messageActionChannelCreate: 'create_channel',
  messageActionChatCreate: 'create_group',
  messageActionChatEditTitle: 'edit_group_title',
  messageActionChatEditPhoto: 'edit_group_photo',
  messageActionChatDeletePhoto: 'delete_group_photo',
  messageActionChatAddUser: 'invite_members',
  messageActionChatDeleteUser: 'remove_members',
  messageActionChatJoinedByLink: 'join_group_by_link',
  messageActionChatJoinedByRequest: 'join_group_by_request',
  messageActionChannelMigrateFrom: 'migrate_from_group',
  messageActionPinMessage: 'pin_message',
  messageActionHistoryClear: 'clear_history',
  messageActionScreenshotTaken: 'take_screenshot',
  messageActionContactSignUp: 'joined_telegram',
  messageActionPhoneCall: 'phone_call',
  messageActionGroupCall: 'group_call',
  messageActionTopicCreate: 'topic_created',
  messageActionTopicEdit: 'topic_edit',
}

/** What a service message tells. Names of members are not in it. */
export function writtenAction(action: Tl): Fields {
  const photo = object(action['photo'])
  return {
    action: ACTIONS[action._] ?? customAction(action),
    ...(typeof action['title'] === 'string' && { title: action['title'] }),
    ...(photo && writtenPhoto(photo)),
  }
}

function customAction(action: Tl): unknown {
  return action._ === 'messageActionCustomAction' ? action['message'] : action._
}
