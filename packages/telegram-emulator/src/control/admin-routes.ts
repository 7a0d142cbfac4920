import { z } from 'zod'
import type { World } from '../world/world.ts'
import { accountOf } from './find-account.ts'
import { channelOf } from './find-channel.ts'
import type { ControlRequest, Route } from './http-server.ts'
import { parseBody } from './parse.ts'

const accounts = z
  .array(z.union([z.string(), z.int()]).transform(String))
  .max(1000)
  .default([])

const admins = z.strictObject({ add: accounts, remove: accounts })

export type AdminsChange = z.input<typeof admins>

/** Routes for the admins of channels. In broadcast channels only admins can post. */
export function adminRoutes(world: World): Route[] {
  return [
    {
      method: 'POST',
      path: '/channels/:id/admins',
      handle: async (request) => ({ json: await changeAdmins(world, request) }),
    },
  ]
}

async function changeAdmins(world: World, request: ControlRequest): Promise<{ admins: string[] }> {
  const channel = channelOf(world, request)
  const { add, remove } = await parseBody(request, admins)
  const appointed = add.map((text) => accountOf(world, text))
  const dismissed = remove.map((text) => accountOf(world, text))
  for (const { id } of appointed) world.admins.appoint(channel.id, id)
  for (const { id } of dismissed) world.admins.dismiss(channel.id, id)
  return { admins: world.admins.of(channel.id).map(String) }
}
