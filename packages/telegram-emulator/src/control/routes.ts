import type { DataCentre } from '../mtproto/data-centre.ts'
import type { Imports } from '../world/imports.ts'
import type { MadeChannels } from '../world/made-channels.ts'
import type { World } from '../world/world.ts'
import { accountRoutes } from './account-routes.ts'
import { adminRoutes } from './admin-routes.ts'
import { channelRoutes } from './channel-routes.ts'
import { describeKey, describeKnownKey, type KeyDescription } from './describe-keys.ts'
import { describeMessages } from './describe-messages.ts'
import { faultRoutes } from './fault-routes.ts'
import { channelOf } from './find-channel.ts'
import { groupRoutes } from './group-routes.ts'
import type { Route } from './http-server.ts'
import { loginRoutes } from './login-routes.ts'
import { messageRoutes } from './message-routes.ts'

/** The state that the control API shows and changes. */
export interface Controlled {
  readonly world: World
  readonly imports: Imports
  readonly madeChannels: MadeChannels
  readonly publicKeyPem: string
  readonly centres: readonly DataCentre[]
  /** The methods of all layers. */
  readonly methods: ReadonlySet<string>
}

export function controlRoutes(controlled: Controlled): Route[] {
  const { world, publicKeyPem, centres } = controlled
  return [
    { method: 'GET', path: '/health', handle: () => ({ json: { ok: true } }) },
    { method: 'GET', path: '/key', handle: () => ({ text: publicKeyPem }) },
    { method: 'GET', path: '/dcs', handle: () => ({ json: centres.map(describeDc) }) },
    {
      method: 'GET',
      path: '/stats',
      handle: () => ({ json: centres.flatMap((centre) => describeKeys(world, centre)) }),
    },
    {
      method: 'GET',
      path: '/keys',
      handle: () => ({ json: [...world.authKeys.all()].map(describeKnownKey) }),
    },
    ...accountRoutes(world),
    ...loginRoutes(world),
    ...faultRoutes(controlled),
    ...channelRoutes(controlled),
    {
      method: 'GET',
      path: '/channels/:id/messages',
      handle: (request) => ({ items: describeMessages(channelOf(world, request)) }),
    },
    ...messageRoutes(world),
    ...adminRoutes(world),
    ...groupRoutes(world),
  ]
}

function describeDc({ id, host, port }: DataCentre): { id: number; ip: string; port: number } {
  return { id, ip: host, port }
}

function describeKeys({ authKeys }: World, centre: DataCentre): KeyDescription[] {
  return centre
    .stats()
    .map((entry) => describeKey(centre.id, authKeys.get(entry.keyId)?.accountId ?? null, entry))
}
