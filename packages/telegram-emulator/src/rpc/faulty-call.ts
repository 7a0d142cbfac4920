import { setTimeout as delay } from 'node:timers/promises'
import type { CallFate } from '../faults/faults.ts'
import type { CallSubject } from '../faults/placed-fault.ts'
import { CallLost, RpcError, type RpcCall } from '../mtproto/rpc.ts'
import type { TlValue } from '../tl/object.ts'
import { parseTestPhone } from '../world/test-phone.ts'
import type { World } from '../world/world.ts'

/** Runs a call under the faults in force. Throws CallLost if a fault drops the call before it arrives. */
export async function underFaults(
  { faults, accounts, authorizations }: World,
  call: RpcCall,
  answer: () => Promise<TlValue>,
): Promise<TlValue> {
  const { accountId } = call.key
  if (accountId !== null && faults.refusesBanned(accountId)) {
    throw new RpcError(401, 'USER_DEACTIVATED_BAN')
  }
  if (!faults.any) return answer()
  const awaited = authorizations.awaitedAccountId(call.key)
  const number = accounts.withPhone(numberIn(call) ?? '')?.id ?? null
  const fate = faults.onCall(describe(call, accountId ?? awaited ?? number))
  return suffer(fate, call, answer)
}

async function suffer(
  { stallMs, error, disconnect }: CallFate,
  call: RpcCall,
  answer: () => Promise<TlValue>,
): Promise<TlValue> {
  if (stallMs > 0) await delay(stallMs, undefined, { ref: false })
  if (disconnect === 'request') {
    call.disconnect()
    throw new CallLost()
  }
  if (error !== null) throw new RpcError(error.code, error.text)
  const value = await answer()
  if (disconnect === 'answer') call.disconnect()
  return value
}

function describe(call: RpcCall, accountId: bigint | null): CallSubject {
  const { method, params, dcId, key, peerAddress } = call
  const requestedBytes = method === 'upload.getFile' ? (params['limit'] as number) : 0
  return { method, requestedBytes, dcId, keyId: key.id, accountId, peerAddress }
}

/** Login calls are matched to an account by the number in them. */
function numberIn({ params }: RpcCall): string | undefined {
  const number = params['phone_number']
  return typeof number === 'string' ? parseTestPhone(number)?.number : undefined
}
