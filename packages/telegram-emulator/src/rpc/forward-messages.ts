import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import type { ChannelMessage } from '../world/model.ts'
import { dialogPeer, timelineOf } from './dialog-peer.ts'
import type { InputPeer } from './input.ts'
import { signedIn, type MethodTable, type SignedInCaller } from './method.ts'
import { send } from './send.ts'
import { sentUpdates } from './sent-updates.ts'

interface ForwardMessages {
  readonly from_peer: InputPeer
  readonly id: readonly number[]
  /** One per id. */
  readonly random_id: readonly bigint[]
  readonly to_peer: InputPeer
  readonly silent?: boolean
  readonly drop_author?: boolean
  readonly schedule_date?: number
}

/** As stated by `help.getConfig`. */
const MAX_FORWARDED = 100
/** The fields that a forwarded message keeps. */
const KEPT_FIELDS = ['message', 'entities', 'media', 'via_bot_id']

function forwardMessages(caller: SignedInCaller, params: ForwardMessages): TlObject {
  const { id: ids, random_id: randomIds } = params
  if (params.schedule_date !== undefined) throw new RpcError(400, 'SCHEDULE_DATE_INVALID')
  if (ids.length === 0) throw new RpcError(400, 'MESSAGE_IDS_EMPTY')
  if (ids.length > MAX_FORWARDED || randomIds.length !== ids.length) {
    throw new RpcError(400, 'RANDOM_ID_INVALID')
  }
  const source = timelineOf(caller, dialogPeer(caller, params.from_peer))
  const dialog = dialogPeer(caller, params.to_peer)
  const messages = ids.map((id, index) => {
    const message = source.get(id)
    if (message?.tl._ !== 'message') throw new RpcError(400, 'MESSAGE_ID_INVALID')
    return {
      content: forwarded(message, params),
      media: message.media,
      randomId: randomIds[index] ?? 0n,
      replyToId: null,
    }
  })
  return sentUpdates(caller, dialog, send(caller, dialog, messages))
}

function forwarded({ tl, authorId }: ChannelMessage, params: ForwardMessages): TlObject {
  const kept = KEPT_FIELDS.flatMap((name) => (tl[name] === undefined ? [] : [[name, tl[name]]]))
  return {
    _: 'message',
    ...Object.fromEntries(kept),
    ...(params.silent === true && { silent: true }),
    ...(params.drop_author !== true && { fwd_from: origin(tl, authorId) }),
  }
}

/** The `messageFwdHeader` of the original message. Forwarding a forward keeps its header. */
function origin(tl: TlObject, authorId: bigint | undefined): TlObject {
  const former = tl['fwd_from'] as TlObject | undefined
  if (former !== undefined) return former
  if (tl['post'] === true) {
    const { peer_id: from_id, date, id: channel_post } = tl
    return { _: 'messageFwdHeader', from_id, date, channel_post }
  }
  const author = authorId === undefined ? tl['from_id'] : { _: 'peerUser', user_id: authorId }
  return { _: 'messageFwdHeader', from_id: author, date: tl['date'] }
}

export const forwardMessagesMethods: MethodTable = {
  'messages.forwardMessages': signedIn(forwardMessages),
}
