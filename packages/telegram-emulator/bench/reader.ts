/**
 * The client of the benchmark, in a process of its own: keeps several calls in flight and counts the response frames
 * without decrypting them. Notifies its parent when it is ready, and when all responses have arrived.
 */
import { loadSchemas } from '../src/tl/layers.ts'
import type { TlObject } from '../src/tl/object.ts'
import { TestClient } from '../src/mtproto/test-client.ts'
import { decodeJson } from '../src/world/json.ts'
import type { AuthKey } from '../src/mtproto/auth-key.ts'

export interface Reading {
  readonly port: number
  readonly key: AuthKey
  readonly calls: readonly TlObject[]
}

/** Smaller frames are acknowledgements, not results. */
const MIN_RESULT_BYTES = 512
const CALLS_UNDER_WAY = 16

process.once('message', (message) => {
  void read(decodeJson(message as string) as Reading)
})

async function read({ port, key, calls }: Reading): Promise<void> {
  const client = new TestClient({ port }, { key, schema: loadSchemas() })
  await client.learnSalt()
  const encoded = calls.map((call) => client.encode(call))
  process.send?.('ready')
  await new Promise((resolve) => process.once('message', resolve))
  let received = 0
  let next = 0
  const send = (): void => {
    const call = encoded[next]
    if (call !== undefined) client.send(call)
    next += 1
  }
  for (let started = 0; started < CALLS_UNDER_WAY; started += 1) send()
  while (received < encoded.length) {
    const { length } = await client.nextPayload()
    if (length < MIN_RESULT_BYTES) continue
    received += 1
    send()
  }
  process.send?.('done')
  await client.close()
  process.disconnect()
}
