import { photoObject } from '../content/media-objects.ts'
import type { TlObject } from '../tl/object.ts'
import type { ExportedChannel } from './exported-channel.ts'
import { NO_FILES } from './exported-files.ts'
import { exportedPhoto } from './exported-media.ts'
import type { ExportedMessage } from './export-schema.ts'

type MakeAction = (message: ExportedMessage, channel: ExportedChannel, date: number) => TlObject

function memberIds({ members }: ExportedMessage, { people }: ExportedChannel): bigint[] {
  return (members ?? []).map((name) => people.named(name).id)
}

/** If the photo itself was not exported, the action only states that there is one. */
function editPhoto(message: ExportedMessage, { id }: ExportedChannel, date: number): TlObject {
  // Only media of messages are imported with their bytes.
  const spec = exportedPhoto(message, { id, files: NO_FILES }, 'chatPhoto')
  const photo = spec === null ? { _: 'photoEmpty', id: 0n } : photoObject(spec, date)
  return { _: 'messageActionChatEditPhoto', photo }
}

/** Actions by their name in Telegram Desktop exports. */
const ACTIONS = new Map<string, MakeAction>([
  ['create_channel', ({ title }) => ({ _: 'messageActionChannelCreate', title: title ?? '' })],
  [
    'create_group',
    (message, channel) => ({
      _: 'messageActionChatCreate',
      title: message.title ?? '',
      users: memberIds(message, channel),
    }),
  ],
  ['edit_group_title', ({ title }) => ({ _: 'messageActionChatEditTitle', title: title ?? '' })],
  ['edit_group_photo', editPhoto],
  ['delete_group_photo', () => ({ _: 'messageActionChatDeletePhoto' })],
  [
    'invite_members',
    (message, channel) => ({
      _: 'messageActionChatAddUser',
      users: memberIds(message, channel),
    }),
  ],
  [
    'remove_members',
    (message, channel) => ({
      _: 'messageActionChatDeleteUser',
      user_id: memberIds(message, channel)[0] ?? 0n,
    }),
  ],
  [
    'join_group_by_link',
    ({ inviter }, { people }) => ({
      _: 'messageActionChatJoinedByLink',
      inviter_id: people.named(inviter ?? null).id,
    }),
  ],
  ['join_group_by_request', () => ({ _: 'messageActionChatJoinedByRequest' })],
  [
    'migrate_from_group',
    ({ title }, { name }) => ({
      _: 'messageActionChannelMigrateFrom',
      title: title ?? name,
      chat_id: 1n,
    }),
  ],
  ['pin_message', () => ({ _: 'messageActionPinMessage' })],
  ['clear_history', () => ({ _: 'messageActionHistoryClear' })],
  ['take_screenshot', () => ({ _: 'messageActionScreenshotTaken' })],
  ['joined_telegram', () => ({ _: 'messageActionContactSignUp' })],
])

/** The action of a service message; an unknown kind becomes a custom action with its name. */
export function exportedAction(
  message: ExportedMessage,
  channel: ExportedChannel,
  date: number,
): TlObject {
  const { action = '', information_text: information } = message
  const make = ACTIONS.get(action)
  if (make !== undefined) return make(message, channel, date)
  return { _: 'messageActionCustomAction', message: information ?? action }
}
