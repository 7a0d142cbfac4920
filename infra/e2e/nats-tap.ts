import { once } from 'node:events'
import { connect } from 'node:net'

export interface NatsTap {
  /** All bytes that the server has sent, as latin1. */
  text(): string
  close(): void
}

/** Subscribes to all subjects of a NATS server (https://docs.nats.io/reference/reference-protocols/nats-protocol). */
export async function tapNats(natsUrl: string): Promise<NatsTap> {
  const { hostname, port } = new URL(natsUrl)
  const socket = connect(Number(port), hostname)
  const chunks: Buffer[] = []
  const subscribed = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (chunk.includes('PING\r\n')) socket.write('PONG\r\n')
      if (chunk.includes('PONG\r\n')) resolve()
    })
  })
  await once(socket, 'connect')
  socket.write('CONNECT {"verbose":false,"headers":true}\r\nSUB > 1\r\nPING\r\n')
  await subscribed
  return {
    text: () => Buffer.concat(chunks).toString('latin1'),
    close: () => socket.destroy(),
  }
}
