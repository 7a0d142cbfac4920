import type { TlObject } from '../tl/object.ts'
import { accessHashFor } from '../world/access-hash.ts'
import { fileAccessHash } from '../world/file-id.ts'
import type { ChannelMessage } from '../world/model.ts'
import type { Viewer } from './method.ts'

/**
 * A message for a response. Its files get the viewer's access hash and a fresh reference; a message without files is
 * equal for all viewers.
 */
export function presentMessage(viewer: Viewer, { tl }: ChannelMessage): TlObject {
  const media = tl['media'] as TlObject | undefined
  if (media !== undefined) {
    const presented = presentMedia(viewer, media)
    return presented === media ? tl : { ...tl, media: presented }
  }
  const action = tl['action'] as TlObject | undefined
  return action?.['photo'] === undefined
    ? tl
    : { ...tl, action: withOwnFile(viewer, action, 'photo') }
}

/** A message as one account sees it: its own messages are `out`, also in channels. */
export function presentMessageFor(viewer: Viewer, message: ChannelMessage): TlObject {
  const presented = presentMessage(viewer, message)
  return message.authorId === viewer.account.id ? { ...presented, out: true } : presented
}

/** A `MessageMedia` with the viewer's access hash and a fresh reference for its file. */
export function presentMedia(viewer: Viewer, media: TlObject): TlObject {
  if (media['photo'] !== undefined) return withOwnFile(viewer, media, 'photo')
  if (media['document'] !== undefined) return withOwnFile(viewer, media, 'document')
  const page = media['webpage'] as TlObject | undefined
  if (page?.['photo'] === undefined) return media
  return { ...media, webpage: withOwnFile(viewer, page, 'photo') }
}

function withOwnFile(
  { world, account }: Viewer,
  holder: TlObject,
  field: 'photo' | 'document',
): TlObject {
  const file = holder[field] as TlObject
  const id = file['id'] as bigint
  const access_hash = accessHashFor(account.id, fileAccessHash(id))
  const file_reference = world.fileReferences.issue(id, account.id)
  return { ...holder, [field]: { ...file, access_hash, file_reference } }
}
