import { isDeepStrictEqual } from 'node:util'
import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import { now } from '../world/clock.ts'
import { editInChannel, editInMailboxes, type Edit } from '../world/edit-messages.ts'
import type { ChannelMessage } from '../world/model.ts'
import { change } from '../world/world.ts'
import { dialogPeer, timelineOf, type DialogPeer } from './dialog-peer.ts'
import { resolveInputMedia, type InputMedia } from './input-media.ts'
import type { InputPeer } from './input.ts'
import { signedIn, type MethodTable, type SignedInCaller } from './method.ts'
import { outgoingCaption, outgoingText } from './outgoing-text.ts'
import { presentChannelEvent, presentMailboxEvent } from './present-event.ts'
import { updatesContainer } from './updates-container.ts'

interface EditMessage {
  readonly peer: InputPeer
  readonly id: number
  /** Absent if only the media change. */
  readonly message?: string
  readonly media?: InputMedia
  readonly entities?: readonly TlObject[]
}

/** As stated by `help.getConfig`. */
const EDIT_TIME_LIMIT_SECONDS = 172_800

async function editMessage(caller: SignedInCaller, params: EditMessage): Promise<TlObject> {
  const dialog = dialogPeer(caller, params.peer)
  const found = editable(caller, dialog, params.id)
  const media =
    params.media === undefined ? undefined : await resolveInputMedia(caller, params.media)
  const edit = { ...editedText(caller, params, found), media }
  if (media === undefined && isSame(found, edit)) throw new RpcError(400, 'MESSAGE_NOT_MODIFIED')
  return updatesContainer(caller, [apply(caller, { dialog, id: params.id, edit })])
}

/** The message to be edited. Throws MESSAGE_ID_INVALID, MESSAGE_AUTHOR_REQUIRED, MESSAGE_EDIT_TIME_EXPIRED. */
function editable(caller: SignedInCaller, dialog: DialogPeer, id: number): ChannelMessage {
  const { world, account } = caller
  const message = timelineOf(caller, dialog).get(id)
  if (message?.tl._ !== 'message') throw new RpcError(400, 'MESSAGE_ID_INVALID')
  const isPost = message.tl['post'] === true
  const isOwn = isPost
    ? 'channel' in dialog && world.admins.has(dialog.channel.id, account.id)
    : message.authorId === account.id
  if (!isOwn || message.tl['fwd_from'] !== undefined) {
    throw new RpcError(403, 'MESSAGE_AUTHOR_REQUIRED')
  }
  const isSaved = 'peer' in dialog && dialog.peer.id === account.id
  const isOld = (message.tl['date'] as number) + EDIT_TIME_LIMIT_SECONDS < now()
  if (isOld && !isPost && !isSaved) throw new RpcError(400, 'MESSAGE_EDIT_TIME_EXPIRED')
  return message
}

function editedText(
  caller: SignedInCaller,
  { message, entities = [], media }: EditMessage,
  { tl }: ChannelMessage,
): Pick<Edit, 'message' | 'entities'> {
  if (message === undefined) {
    const kept = tl['entities'] as readonly TlObject[] | undefined
    return { message: tl['message'] as string, entities: kept ?? [] }
  }
  const hasMedia = media !== undefined || tl['media'] !== undefined
  const text = (hasMedia ? outgoingCaption : outgoingText)(caller, { message, entities })
  return { message: text.message, entities: text.entities ?? [] }
}

function isSame({ tl }: ChannelMessage, { message, entities }: Edit): boolean {
  return tl['message'] === message && isDeepStrictEqual(tl['entities'] ?? [], entities)
}

function apply(
  caller: SignedInCaller,
  { dialog, id, edit }: { readonly dialog: DialogPeer; readonly id: number; readonly edit: Edit },
): TlObject {
  const { world, account, session } = caller
  const options = { silent: false, origin: session }
  const event = change(world, (transaction) =>
    'channel' in dialog
      ? editInChannel(transaction, world, { channel: dialog.channel, id, edit }, options)
      : editInMailboxes(transaction, world, { accountId: account.id, id, edit }, options),
  )
  const update =
    event === undefined
      ? null
      : 'channel' in dialog
        ? presentChannelEvent(caller, dialog.channel, event)
        : presentMailboxEvent(caller, event)
  // The message may have been deleted while the new media were uploaded.
  if (update === null) throw new RpcError(400, 'MESSAGE_ID_INVALID')
  return update
}

export const editMessageMethods: MethodTable = {
  'messages.editMessage': signedIn(editMessage),
}
