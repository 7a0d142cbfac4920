import type { TlObject } from '../tl/object.ts'
import { readablePeer, type InputPeer } from './input.ts'
import { resolveInputMedia, type InputMedia } from './input-media.ts'
import { signedIn, type MethodTable, type SignedInCaller } from './method.ts'
import { presentMedia } from './present-message.ts'

/** Turns an upload into media that can be sent later; albums require this. */
async function uploadMedia(
  caller: SignedInCaller,
  params: { peer: InputPeer; media: InputMedia },
): Promise<TlObject> {
  readablePeer(caller, params.peer)
  const { tl } = await resolveInputMedia(caller, params.media)
  return presentMedia(caller, tl)
}

export const mediaMethods: MethodTable = {
  'messages.uploadMedia': signedIn(uploadMedia),
}
