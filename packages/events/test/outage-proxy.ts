import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface OutageProxy {
  /** URL of the proxy, which forwards to the real server. */
  readonly url: string
  /** Closes every connection and resets new ones. */
  cut(): void
  restore(): void
  close(): Promise<void>
}

/** Starts a TCP proxy in front of a real server, to simulate outages. */
export async function startOutageProxy(target: string): Promise<OutageProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let isCut = false
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // Errors of connections are expected; 'close' follows.
    socket.on('error', () => {})
  }
  const closeConnections = () => {
    for (const socket of sockets) socket.destroy()
  }

  const server = createServer((client) => {
    track(client)
    if (isCut) return client.resetAndDestroy()
    const upstream = connect(Number(port), hostname)
    track(upstream)
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
    return client.pipe(upstream).pipe(client)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = new URL(target)
  url.port = String((server.address() as AddressInfo).port)

  return {
    url: url.href,
    cut() {
      isCut = true
      closeConnections()
    },
    restore() {
      isCut = false
    },
    async close() {
      server.close()
      closeConnections()
      await once(server, 'close')
    },
  }
}
