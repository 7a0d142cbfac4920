import type { TlObject } from '../tl/object.ts'
import { findUser, knownUser, type InputUser } from './input.ts'
import { signedIn, type MethodTable, type SignedInCaller } from './method.ts'
import { presentFoundUser } from './present-user.ts'

/** Users that do not exist, or whose access hash is wrong, are omitted. */
function getUsers(caller: SignedInCaller, params: { id: readonly InputUser[] }): TlObject[] {
  return params.id.flatMap((input) => {
    const found = findUser(caller, input)
    return found === undefined ? [] : [presentFoundUser(caller, found)]
  })
}

function getFullUser(caller: SignedInCaller, params: { id: InputUser }): TlObject {
  const user = presentFoundUser(caller, knownUser(caller, params.id))
  return {
    _: 'users.userFull',
    full_user: {
      _: 'userFull',
      id: user['id'],
      settings: { _: 'peerSettings' },
      notify_settings: { _: 'peerNotifySettings' },
      common_chats_count: 0,
    },
    chats: [],
    users: [user],
  }
}

export const usersMethods: MethodTable = {
  'users.getUsers': signedIn(getUsers),
  'users.getFullUser': signedIn(getFullUser),
}
