import { startDataCentre, type DataCentre } from './mtproto/data-centre.ts'
import type { RsaKey } from './mtproto/rsa.ts'
import { listenOn, listenOnFirst, portsBeside, randomPorts } from './ports.ts'
import { createRpcHandler } from './rpc/dispatch.ts'
import type { DcAddress } from './rpc/method.ts'
import type { SchemaSet } from './tl/schema.ts'
import type { World } from './world/world.ts'

export interface RunningDataCentres {
  /** In order: 2, 4. */
  readonly addresses: readonly DcAddress[]
  readonly centres: readonly DataCentre[]
}

/**
 * Starts DC 2 on `port` (0: a free port), and DC 4 on a port beside it. Throws PortTakenError if the given port is in
 * use.
 */
export async function startDataCentres(
  world: World,
  rsaKey: RsaKey,
  at: {
    readonly host: string
    readonly port: number
    readonly schema: SchemaSet
    readonly strictOwnership: boolean
  },
): Promise<RunningDataCentres> {
  // Clients get the addresses from help.getConfig; the list is complete before the first client can connect.
  const addresses: DcAddress[] = []
  const handle = createRpcHandler(world, addresses)
  const conditionsOf = world.faults.onSend.bind(world.faults)
  const start = (id: number) => (port: number) =>
    startDataCentre({
      ...at,
      id,
      port,
      rsaKey,
      keys: world.authKeys,
      handle,
      conditionsOf,
      clock: () => Date.now() + world.faults.clockOffsetMs(id),
      refuseKey: (peerAddress) => world.faults.onKeyExchange(id, peerAddress),
      onWrongTime: () => world.faults.onWrongTime(id),
    })
  const second =
    at.port === 0 ? await listenOnFirst(randomPorts(), start(2)) : await listenOn(at.port, start(2))
  try {
    const fourth = await listenOnFirst(portsBeside(second.port), start(4))
    const centres = [second, fourth]
    addresses.push(...centres.map(({ id, host, port }) => ({ id, ip: host, port })))
    return { addresses, centres }
  } catch (error) {
    await second.close()
    throw error
  }
}
