import type { Fault } from '../faults/fault.ts'
import type { TlObject } from '../tl/object.ts'
import type { World } from '../world/world.ts'
import { chatOf, messageIn } from './find-message.ts'
import { Problem } from './problem.ts'

/** The files of a fault, given by file id or by message; null for all files. Throws a 404 problem. */
export function filesOf(world: World, fault: Fault): bigint[] | null {
  if (fault.kind !== 'expire_file_references') return null
  const { file_id: fileId, chat, message_id: messageId } = fault
  if (fileId !== undefined) return [BigInt(fileId)]
  if (chat === undefined || messageId === undefined) return null
  const message = messageIn(world, chatOf(world, chat), messageId)
  const ids = message === undefined ? [] : fileIds(message.tl)
  if (ids.length === 0) {
    throw new Problem(404, 'file_not_found', `There is no file in message ${messageId} of ${chat}.`)
  }
  return ids
}

/** Ids of the message's own media, of a link preview, and of a service message's photo. */
function fileIds(message: TlObject): bigint[] {
  const media = message['media'] as TlObject | undefined
  const holders = [media, media?.['webpage'], message['action']] as (TlObject | undefined)[]
  return holders
    .flatMap((holder) => [holder?.['photo'], holder?.['document']] as (TlObject | undefined)[])
    .flatMap((file) => (file?.['id'] === undefined ? [] : [file['id'] as bigint]))
}
