import { RpcError } from '../mtproto/rpc.ts'
import type { TlObject } from '../tl/object.ts'
import { withFoundEntities } from './found-entities.ts'
import { findUser, type InputPeer, type InputUser } from './input.ts'
import type { SignedInCaller } from './method.ts'

/** Text from a client. */
export interface InputText {
  readonly message: string
  readonly entities?: readonly TlObject[]
}

/** Text and entities of a message. */
export interface OutgoingText {
  readonly message: string
  readonly entities?: readonly TlObject[]
}

/** In Unicode characters, as stated by `help.getConfig`. */
const MAX_TEXT = 4096
const MAX_CAPTION = 1024
/** Further entities are dropped silently. */
const MAX_ENTITIES = 100

/** Text of a message without media. Throws MESSAGE_EMPTY, MESSAGE_TOO_LONG and the errors of entities. */
export function outgoingText(caller: SignedInCaller, input: InputText): OutgoingText {
  const text = trimmed(input.message, checkedEntities(caller, input))
  if (text.message === '') throw new RpcError(400, 'MESSAGE_EMPTY')
  if (characters(text.message) > MAX_TEXT) throw new RpcError(400, 'MESSAGE_TOO_LONG')
  return finished(text)
}

/** The caption of media, which may be empty. Throws MEDIA_CAPTION_TOO_LONG and the errors of entities. */
export function outgoingCaption(caller: SignedInCaller, input: InputText): OutgoingText {
  const text = trimmed(input.message, checkedEntities(caller, input))
  if (characters(text.message) > MAX_CAPTION) throw new RpcError(400, 'MEDIA_CAPTION_TOO_LONG')
  return finished(text)
}

/** Number of Unicode code points: a surrogate pair counts as one. */
function characters(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0)
}

function finished({ message, entities: checked }: Required<OutgoingText>): OutgoingText {
  const entities = withFoundEntities(message, checked).slice(0, MAX_ENTITIES)
  return { message, ...(entities.length > 0 && { entities }) }
}

/** Telegram trims white space at both ends; entity offsets move with the text. */
function trimmed(message: string, entities: readonly TlObject[]): Required<OutgoingText> {
  const text = message.trim()
  const shift = message.length - message.trimStart().length
  const moved = entities.flatMap((entity) => {
    const start = Math.max(0, (entity['offset'] as number) - shift)
    const end = Math.min(
      text.length,
      (entity['offset'] as number) + (entity['length'] as number) - shift,
    )
    return end > start ? [{ ...entity, offset: start, length: end - start }] : []
  })
  return { message: text, entities: moved }
}

/** Throws ENTITY_BOUNDS_INVALID and ENTITY_MENTION_USER_INVALID. */
function checkedEntities(caller: SignedInCaller, { message, entities }: InputText): TlObject[] {
  return (entities ?? []).slice(0, MAX_ENTITIES).map((entity) => {
    const offset = entity['offset'] as number
    const length = entity['length'] as number
    if (offset < 0 || length <= 0 || offset + length > message.length) {
      throw new RpcError(400, 'ENTITY_BOUNDS_INVALID')
    }
    return entity._ === 'inputMessageEntityMentionName' ? mention(caller, entity) : entity
  })
}

function mention(caller: SignedInCaller, { offset, length, user_id }: TlObject): TlObject {
  const found = findUser(caller, asUser(user_id as unknown as InputUser | InputPeer))
  if (found === undefined) throw new RpcError(400, 'ENTITY_MENTION_USER_INVALID')
  const id = 'account' in found ? found.account.id : found.person.id
  return { _: 'messageEntityMentionName', offset, length, user_id: id }
}

/** Telethon and GramJS refer to mentioned users by an `InputPeer`, which Telegram accepts. */
function asUser(input: InputUser | InputPeer): InputUser {
  switch (input._) {
    case 'inputPeerSelf':
      return { _: 'inputUserSelf' }
    case 'inputPeerUser':
      return { ...input, _: 'inputUser' }
    case 'inputPeerUserFromMessage':
      return { ...input, _: 'inputUserFromMessage' }
    case 'inputPeerEmpty':
    case 'inputPeerChat':
    case 'inputPeerChannel':
    case 'inputPeerChannelFromMessage':
      return { _: 'inputUserEmpty' }
    case 'inputUserEmpty':
    case 'inputUserSelf':
    case 'inputUser':
    case 'inputUserFromMessage':
      return input
  }
}
