import type { TlObject } from '../tl/object.ts'
import type { Fields, Names } from './written-peers.ts'

const SIMPLE_ACTIONS: Readonly<Record<string, string>> = {
  messageActionChatDeletePhoto: 'delete_group_photo',
  messageActionChatJoinedByRequest: 'join_group_by_request',
  messageActionPinMessage: 'pin_message',
  messageActionHistoryClear: 'clear_history',
  messageActionScreenshotTaken: 'take_screenshot',
  messageActionContactSignUp: 'joined_telegram',
}

/** A service message's action, by its name in Telegram Desktop exports. */
export function writtenAction(action: TlObject, names: Names): Fields {
  const simple = SIMPLE_ACTIONS[action._]
  if (simple !== undefined) return { action: simple }
  const { title } = action
  switch (action._) {
    case 'messageActionChannelCreate':
      return { action: 'create_channel', title }
    case 'messageActionChatCreate':
      return { action: 'create_group', title, members: members(action, names) }
    case 'messageActionChatEditTitle':
      return { action: 'edit_group_title', title }
    case 'messageActionChannelMigrateFrom':
      return { action: 'migrate_from_group', title }
    case 'messageActionChatEditPhoto':
      return { action: 'edit_group_photo', ...photo(action['photo'] as TlObject) }
    case 'messageActionChatAddUser':
      return { action: 'invite_members', members: members(action, names) }
    case 'messageActionChatDeleteUser':
      return { action: 'remove_members', members: [nameOf(action['user_id'], names)] }
    case 'messageActionChatJoinedByLink':
      return { action: 'join_group_by_link', inviter: nameOf(action['inviter_id'], names) }
    case 'messageActionCustomAction':
      return { information_text: action['message'] }
    default:
      return { action: action._ }
  }
}

function members(action: TlObject, names: Names): (string | null)[] {
  return (action['users'] as readonly bigint[]).map((id) => nameOf(id, names))
}

function nameOf(userId: unknown, names: Names): string | null {
  return names.title({ _: 'peerUser', user_id: userId as bigint })
}

/** The largest size is the file itself. */
function photo(object: TlObject): Fields {
  const largest = (object['sizes'] as readonly TlObject[] | undefined)?.at(-1)
  if (largest === undefined) return {}
  const bytes = largest['size'] ?? (largest['sizes'] as readonly number[]).at(-1)
  return {
    photo: `photos/photo_${object['id'] as bigint}.jpg`,
    photo_file_size: bytes,
    width: largest['w'],
    height: largest['h'],
  }
}
