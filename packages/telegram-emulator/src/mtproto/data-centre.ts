import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { TlObject } from '../tl/object.ts'
import type { Centre, DataCentreOptions, Link } from './centre.ts'
import { systemClock } from './clock.ts'
import { Connection } from './connection.ts'
import { Ownership } from './ownership.ts'
import { Receiver } from './receiver.ts'
import { destroyKey } from './destroy-key.ts'
import { UNKNOWN_KEY } from './protocol-error.ts'
import { Salts } from './salts.ts'
import { Sessions } from './session.ts'
import { Statistics, type KeyStatistics } from './statistics.ts'
import { Subscribers } from './subscribers.ts'

export type { DataCentreEvent, DataCentreOptions, Link } from './centre.ts'
export type { KeyStatistics } from './statistics.ts'

export interface DataCentre {
  readonly id: number
  readonly host: string
  readonly port: number
  /** One entry per key used since the start. */
  stats(): KeyStatistics[]
  /** Sends an `Updates` to the subscribed session of the key, 16 hex digits, unless that is the session `except`. */
  push(keyId: string, updates: TlObject, except: object | null): void
  /** Closes the open connections selected by the predicate and returns their number. */
  closeConnections(isChosen: (link: Link) => boolean): number
  /** Forgets a key, 16 hex digits: connections that use it get the transport error -404, now and later. */
  forgetKey(keyId: string): void
  close(): Promise<void>
}

/**
 * Starts an MTProto server that passes the calls of its clients to `options.handle`.
 *
 * @throws the error of the socket if the address is in use
 */
export async function startDataCentre(options: DataCentreOptions): Promise<DataCentre> {
  const { clock = systemClock } = options
  const centre: Centre = {
    options,
    clock,
    ownership: new Ownership(),
    sessions: new Sessions(clock),
    salts: new Salts(clock),
    statistics: new Statistics(),
    subscribers: new Subscribers(options.schema),
  }
  const connections = new Set<Connection>()
  const server = createServer((socket) => void serve(socket))
  server.listen(options.port, options.host)
  await once(server, 'listening')
  // For example, too many open files: one connection fails, the others continue.
  server.on('error', (error) => {
    options.onEvent?.({ name: 'connection.failed', peerAddress: '', error })
  })
  const { port } = server.address() as AddressInfo

  async function serve(socket: Socket): Promise<void> {
    const connection = new Connection(socket, centre)
    const receiver = new Receiver(centre, connection)
    connections.add(connection)
    await connection.run((payload) => receiver.receive(payload))
    connections.delete(connection)
  }

  return {
    id: options.id,
    host: options.host,
    port,
    stats: () => centre.statistics.snapshot(),
    push: (keyId, updates, except) => centre.subscribers.push(keyId, updates, except),
    closeConnections: (isChosen) => {
      const chosen = [...connections].filter(({ link }) => isChosen(link))
      for (const connection of chosen) connection.close()
      return chosen.length
    },
    forgetKey: (keyId) => {
      const holders = centre.ownership.holders(keyId)
      destroyKey(centre, keyId)
      for (const connection of holders) connection.hangUp(UNKNOWN_KEY)
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const connection of connections) connection.close()
      await closed
    },
  }
}
