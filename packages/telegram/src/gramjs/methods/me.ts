import { Api } from 'telegram/tl/index.js'
import { z } from 'zod'
import { mapAccount } from '../../tl/map-peer.ts'
import type { TlUser } from '../../tl/shapes.ts'
import { method } from '../method.ts'

/** The logged-in account. */
export const me = method({
  tl: ['users.getUsers'],
  kind: 'read',
  args: z.object({}),
  async call(client, _args, options) {
    const self = new Api.users.GetUsers({ id: [new Api.InputUserSelf()] })
    const [user] = await client.invoke<[TlUser]>(self, options)
    return mapAccount(user)
  },
})
