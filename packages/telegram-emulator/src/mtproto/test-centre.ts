import { createHash, randomBytes } from 'node:crypto'
import { loadSchemas } from '../tl/layers.ts'
import type { TlObject } from '../tl/object.ts'
import { memoryAuthKeys, type AuthKey, type AuthKeyStore } from './auth-key.ts'
import {
  startDataCentre,
  type DataCentre,
  type DataCentreEvent,
  type DataCentreOptions,
} from './data-centre.ts'
import type { RpcHandler } from './rpc.ts'
import { generateRsaKey } from './rsa.ts'
import { TestClient } from './test-client.ts'

/** Data centres for tests, with an auth key known to both sides. */

export const schema = loadSchemas()
export const rsaKey = generateRsaKey()
const opened: { close(): Promise<void> }[] = []

/** Closes everything that the test opened; for `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const resource of opened.splice(0).toReversed()) await resource.close()
}

export const NEAREST: TlObject = { _: 'nearestDc', country: 'DE', this_dc: 2, nearest_dc: 2 }
export const GET_NEAREST: TlObject = { _: 'help.getNearestDc' }

export interface TestCentre {
  readonly centre: DataCentre
  readonly key: AuthKey
  readonly keys: AuthKeyStore
  readonly events: DataCentreEvent[]
  readonly connect: () => TestClient
  /** A client that knows the current salt. */
  readonly ready: () => Promise<TestClient>
}

export async function testCentre(
  handle: RpcHandler = async () => NEAREST,
  more: Partial<DataCentreOptions> = {},
): Promise<TestCentre> {
  const keys = memoryAuthKeys()
  const key = newKey()
  keys.add(key)
  const events: DataCentreEvent[] = []
  const onEvent = (event: DataCentreEvent) => void events.push(event)
  const options = { id: 2, host: '127.0.0.1', port: 0, rsaKey, keys, schema, handle, onEvent }
  const centre = await startDataCentre({ ...options, ...more })
  opened.push(centre)
  const connect = () => connectTo(centre, key)
  const ready = async () => {
    const client = connect()
    await client.learnSalt()
    return client
  }
  return { centre, key, keys, events, connect, ready }
}

export function newKey(): AuthKey {
  const bytes = randomBytes(256)
  return {
    id: createHash('sha1').update(bytes).digest().toString('hex', 12),
    bytes,
    dcId: 2,
    layer: null,
    apiId: null,
    device: null,
    accountId: null,
    receivesUpdates: true,
    createdAt: 0,
  }
}

/** @param localAddress the client's IP address */
export function connectTo(centre: DataCentre, key: AuthKey, localAddress?: string): TestClient {
  const client = new TestClient({ port: centre.port, localAddress }, { key, schema })
  opened.push(client)
  return client
}
