import type { TlObject } from '../tl/object.ts'
import type { AuthKey, Device } from './auth-key.ts'

/** A call without its wrapping queries, and the information in these. */
export interface Invocation {
  readonly call: TlObject
  readonly layer: number | null
  readonly client: { readonly apiId: number; readonly device: Device } | null
  readonly withoutUpdates: boolean
  /** Message ids of the calls that have to finish first. */
  readonly after: readonly bigint[]
}

/** Unwraps `invokeWithLayer`, `initConnection` and the like: https://core.telegram.org/api/invoking */
export function unwrap(query: TlObject): Invocation {
  let call = query
  let layer: number | null = null
  let client: Invocation['client'] = null
  let withoutUpdates = false
  const after: bigint[] = []
  while (WRAPPERS.has(call._)) {
    if (call._ === 'invokeWithLayer') layer = call['layer'] as number
    if (call._ === 'initConnection') client = clientOf(call)
    if (call._ === 'invokeWithoutUpdates') withoutUpdates = true
    if (call._ === 'invokeAfterMsg') after.push(call['msg_id'] as bigint)
    if (call._ === 'invokeAfterMsgs') after.push(...(call['msg_ids'] as bigint[]))
    call = call['query'] as TlObject
  }
  return { call, layer, client, withoutUpdates, after }
}

/** Stores the information of an invocation with the key. Returns whether the key changed. */
export function remember(key: AuthKey, { layer, client, withoutUpdates }: Invocation): boolean {
  const before = JSON.stringify([key.layer, key.apiId, key.device, key.receivesUpdates])
  if (layer !== null) key.layer = layer
  if (client !== null) {
    key.apiId = client.apiId
    key.device = client.device
    key.receivesUpdates = !withoutUpdates
    key.mustInitialise = false
  }
  return before !== JSON.stringify([key.layer, key.apiId, key.device, key.receivesUpdates])
}

const WRAPPERS: ReadonlySet<string> = new Set([
  'invokeWithLayer',
  'initConnection',
  'invokeWithoutUpdates',
  'invokeAfterMsg',
  'invokeAfterMsgs',
  'invokeWithTakeout',
  'invokeWithMessagesRange',
])

function clientOf(call: TlObject): NonNullable<Invocation['client']> {
  return {
    apiId: call['api_id'] as number,
    device: {
      model: call['device_model'] as string,
      systemVersion: call['system_version'] as string,
      appVersion: call['app_version'] as string,
      langCode: call['lang_code'] as string,
    },
  }
}
