/**
 * The receiving clients of the benchmark, in a process of their own: one connection per key, each subscribed to
 * updates. Counts the frames that arrive. Notifies its parent when all clients are subscribed, and when all frames have
 * arrived.
 */
import type { Socket } from 'node:net'
import { loadSchemas } from '../src/tl/layers.ts'
import { TestClient } from '../src/mtproto/test-client.ts'
import { decodeJson } from '../src/world/json.ts'
import type { AuthKey } from '../src/mtproto/auth-key.ts'

export interface Listening {
  readonly port: number
  readonly keys: readonly AuthKey[]
  /** The number of frames that all connections together get. */
  readonly frames: number
}

process.once('message', (message) => {
  void listen(decodeJson(message as string) as Listening)
})

async function listen({ port, keys, frames }: Listening): Promise<void> {
  const schema = loadSchemas()
  const clients: TestClient[] = []
  for (const key of keys) {
    const client = new TestClient({ port }, { key, schema })
    client.socket.setNoDelay()
    await client.learnSalt()
    client.send({ _: 'updates.getState' })
    await client.nextOf('rpc_result')
    clients.push(client)
  }
  const { promise: complete, resolve } = Promise.withResolvers<void>()
  let left = frames
  for (const { socket } of clients) {
    countFrames(socket, () => {
      left -= 1
      if (left === 0) resolve()
    })
  }
  process.send?.('ready')
  await complete
  process.send?.('done')
  for (const client of clients) await client.close()
  process.disconnect()
}

/** Counts frames of the full transport, which start with their length. */
function countFrames(socket: Socket, onFrame: () => void): void {
  let pending = Buffer.alloc(0)
  socket.removeAllListeners('data')
  socket.on('data', (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    while (pending.length >= 4 && pending.length >= pending.readUInt32LE()) {
      pending = pending.subarray(pending.readUInt32LE())
      onFrame()
    }
  })
}
