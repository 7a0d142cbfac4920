import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { DataCentre } from '../src/index.ts'

export interface TcpRelay {
  /** The target data centre, with the relay's address. */
  readonly dc: DataCentre
  /** The bytes that clients sent, by connection. */
  readonly sent: readonly Buffer[][]
  /** The client's address of each connection. */
  readonly peers: readonly string[]
  /** Open sockets, on both sides. */
  openSockets(): number
  /** Drops all further data of the open connections. */
  hold(): void
  /** Closes all connections. */
  cut(): void
  close(): Promise<void>
}

/** Starts a TCP relay to a data centre that records what clients send. */
export async function startTcpRelay(target: DataCentre): Promise<TcpRelay> {
  const sent: Buffer[][] = []
  const peers: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const stream: Buffer[] = []
    sent.push(stream)
    peers.push(client.remoteAddress ?? '')
    const upstream = connect(target.port, target.ip)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (chunk) => stream.push(chunk))
    client.pipe(upstream)
    upstream.pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    dc: { ...target, ip: '127.0.0.1', port },
    sent,
    peers,
    openSockets: () => sockets.size,
    hold() {
      for (const socket of sockets) socket.unpipe().resume()
    },
    cut,
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
