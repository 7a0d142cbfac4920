import { randomBytes } from 'node:crypto'
import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import { dialogPeer } from './dialog-peer.ts'
import { resolveInputMedia, type InputMedia, type ResolvedMedia } from './input-media.ts'
import type { InputPeer } from './input.ts'
import { signedIn, type MethodTable, type SignedInCaller } from './method.ts'
import { outgoingCaption, outgoingText, type InputText } from './outgoing-text.ts'
import { send, type OutgoingMessage } from './send.ts'
import { sentUpdates, shortSentMessage } from './sent-updates.ts'

/** Parameters common to all sending methods. */
interface SendParams {
  readonly peer: InputPeer
  readonly silent?: boolean
  /** `InputReplyTo`: layers from 158 on. */
  readonly reply_to?: { readonly _: string; readonly reply_to_msg_id?: number }
  /** Layers before 158. */
  readonly reply_to_msg_id?: number
  readonly schedule_date?: number
}

interface SendMessage extends SendParams, InputText {
  readonly random_id: bigint
}

interface SendMedia extends SendMessage {
  readonly media: InputMedia
}

interface SendMultiMedia extends SendParams {
  /** `inputSingleMedia`. */
  readonly multi_media: readonly (InputText & {
    readonly media: InputMedia
    readonly random_id: bigint
  })[]
}

const MAX_ALBUM = 10

function sendMessage(caller: SignedInCaller, params: SendMessage): TlObject {
  const dialog = dialogPeer(caller, params.peer)
  const message = { ...outgoing(params), randomId: params.random_id, media: null }
  const content = { ...message.content, ...outgoingText(caller, params) }
  const [sent, ...more] = send(caller, dialog, [{ ...message, content }])
  if (sent !== undefined && !('channel' in dialog)) return shortSentMessage(sent)
  return sentUpdates(caller, dialog, sent === undefined ? more : [sent, ...more])
}

async function sendMedia(caller: SignedInCaller, params: SendMedia): Promise<TlObject> {
  const dialog = dialogPeer(caller, params.peer)
  const message = outgoing(params)
  const text = outgoingCaption(caller, params)
  const resolved = await resolveInputMedia(caller, params.media)
  const sent = send(caller, dialog, [
    withMedia(message, { text, resolved, randomId: params.random_id }),
  ])
  return sentUpdates(caller, dialog, sent)
}

async function sendMultiMedia(caller: SignedInCaller, params: SendMultiMedia): Promise<TlObject> {
  const { multi_media: items } = params
  if (items.length === 0) throw new RpcError(400, 'MEDIA_EMPTY')
  if (items.length > MAX_ALBUM) throw new RpcError(400, 'MULTI_MEDIA_TOO_LONG')
  const dialog = dialogPeer(caller, params.peer)
  const message = outgoing(params)
  const resolved: (ResolvedMedia & { readonly item: (typeof items)[number] })[] = []
  for (const [index, item] of items.entries()) {
    resolved.push({ ...(await albumMedia(caller, item.media, index)), item })
  }
  checkAlbum(resolved)
  const grouped_id = randomBytes(8).readBigInt64LE() & 0x7fff_ffff_ffff_ffffn
  const messages = resolved.map(({ item, ...media }) => {
    const text = outgoingCaption(caller, item)
    const prepared = withMedia(message, { text, resolved: media, randomId: item.random_id })
    return items.length === 1
      ? prepared
      : { ...prepared, content: { ...prepared.content, grouped_id } }
  })
  return sentUpdates(caller, dialog, send(caller, dialog, messages))
}

/**
 * Uploads have to go through `messages.uploadMedia` first. FILE_REFERENCE_EXPIRED errors state the index of the file.
 */
async function albumMedia(
  caller: SignedInCaller,
  media: InputMedia,
  index: number,
): Promise<ResolvedMedia> {
  if (!ALBUM_MEDIA.has(media._)) throw new RpcError(400, 'MEDIA_INVALID')
  try {
    return await resolveInputMedia(caller, media)
  } catch (error) {
    const outcome = error instanceof RpcError && /^FILE_REFERENCE_(\w+)$/.exec(error.message)?.[1]
    throw outcome ? new RpcError(400, `FILE_REFERENCE_${index}_${outcome}`) : error
  }
}

const ALBUM_MEDIA: ReadonlySet<string> = new Set(['inputMediaPhoto', 'inputMediaDocument'])

/** Photos and videos can be mixed; audio and documents only with their own kind. */
function checkAlbum(items: readonly ResolvedMedia[]): void {
  const kinds = new Set(
    items.map(({ media }) => {
      if (media === null) throw new RpcError(400, 'MEDIA_INVALID')
      return media.kind === 'video' ? 'photo' : media.kind
    }),
  )
  if (items.length > 1 && kinds.size > 1) throw new RpcError(400, 'MEDIA_GROUPED_INVALID')
}

/**
 * The part of a message that is independent of its content. Throws SCHEDULE_DATE_INVALID: the emulator does not
 * schedule messages.
 */
function outgoing(params: SendParams): Pick<OutgoingMessage, 'content' | 'replyToId'> {
  if (params.schedule_date !== undefined) throw new RpcError(400, 'SCHEDULE_DATE_INVALID')
  const replyToId = params.reply_to?.reply_to_msg_id ?? params.reply_to_msg_id ?? 0
  return {
    content: { _: 'message', ...(params.silent === true && { silent: true }) },
    replyToId: replyToId === 0 ? null : replyToId,
  }
}

function withMedia(
  message: Pick<OutgoingMessage, 'content' | 'replyToId'>,
  {
    text,
    resolved,
    randomId,
  }: {
    readonly text: InputText
    readonly resolved: ResolvedMedia
    readonly randomId: bigint
  },
): OutgoingMessage {
  const content = { ...message.content, ...text, media: resolved.tl }
  return { ...message, content, media: resolved.media, randomId }
}

export const sendMessageMethods: MethodTable = {
  'messages.sendMedia': signedIn(sendMedia),
  'messages.sendMessage': signedIn(sendMessage),
  'messages.sendMultiMedia': signedIn(sendMultiMedia),
}
