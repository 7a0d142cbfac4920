import { RpcError, type RpcCall, type RpcHandler } from '../mtproto/rpc.ts'
import type { TlValue } from '../tl/object.ts'
import { MessageSearch } from '../world/search-messages.ts'
import { now } from '../world/clock.ts'
import type { World } from '../world/world.ts'
import { accountMethods } from './account.ts'
import { authMethods } from './auth.ts'
import { channelsMethods } from './channels.ts'
import { contactsMethods } from './contacts.ts'
import { underFaults } from './faulty-call.ts'
import { deleteMessagesMethods } from './delete-messages.ts'
import { editMessageMethods } from './edit-message.ts'
import { forwardMessagesMethods } from './forward-messages.ts'
import { groupMethods } from './groups.ts'
import { helpMethods } from './help.ts'
import { mediaMethods } from './media.ts'
import { messagesMethods } from './messages.ts'
import { isBotMethod } from './bot-methods.ts'
import type { Caller, DcAddress, MethodTable } from './method.ts'
import { participantsMethods } from './participants.ts'
import { PresentedMessages } from './presented-messages.ts'
import { readHistoryMethods } from './read-history.ts'
import { searchMethods } from './search.ts'
import { searchPeersMethods } from './search-peers.ts'
import { sendMessageMethods } from './send-message.ts'
import { updatesMethods } from './updates.ts'
import { uploadMethods } from './upload.ts'
import { usersMethods } from './users.ts'

const METHODS: MethodTable = {
  ...accountMethods,
  ...authMethods,
  ...channelsMethods,
  ...contactsMethods,
  ...deleteMessagesMethods,
  ...editMessageMethods,
  ...forwardMessagesMethods,
  ...groupMethods,
  ...helpMethods,
  ...mediaMethods,
  ...messagesMethods,
  ...participantsMethods,
  ...readHistoryMethods,
  ...searchMethods,
  ...searchPeersMethods,
  ...sendMessageMethods,
  ...updatesMethods,
  ...uploadMethods,
  ...usersMethods,
}

/** Creates the handler of all API calls. Unsupported methods are refused with INPUT_METHOD_INVALID. */
export function createRpcHandler(world: World, dataCentres: readonly DcAddress[]): RpcHandler {
  const presented = new PresentedMessages(world.fileReferences)
  const shared = { world, dataCentres, presented, search: new MessageSearch() }
  return async (call) => {
    const { dcId, key, session } = call
    const clock = () => now() + world.faults.clockOffsetMs(dcId) / 1000
    return underFaults(world, call, () => run(call, { ...shared, dcId, key, session, now: clock }))
  }
}

async function run(call: RpcCall, caller: Caller): Promise<TlValue> {
  const { accountId } = call.key
  const account = accountId === null ? undefined : caller.world.accounts.get(accountId)
  if (account !== undefined && account.bot !== null && !isBotMethod(call.method)) {
    throw new RpcError(400, 'BOT_METHOD_INVALID')
  }
  const method = Object.hasOwn(METHODS, call.method) ? METHODS[call.method] : undefined
  if (method === undefined) throw new RpcError(400, 'INPUT_METHOD_INVALID')
  if (!method.needsLogin) return method.run(caller, call.params)
  if (account === undefined) throw notSignedIn(caller)
  return method.run({ ...caller, account }, call.params)
}

function notSignedIn({ world, key }: Caller): RpcError {
  if (world.authorizations.awaitedAccountId(key) !== null) {
    return new RpcError(401, 'SESSION_PASSWORD_NEEDED')
  }
  return new RpcError(
    401,
    world.authorizations.isRevoked(key) ? 'SESSION_REVOKED' : 'AUTH_KEY_UNREGISTERED',
  )
}
