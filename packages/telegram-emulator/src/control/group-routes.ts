import { z } from 'zod'
import { createGroup } from '../world/create-group.ts'
import type { Group } from '../world/groups.ts'
import { migrateGroup } from '../world/migrate-group.ts'
import { change, type World } from '../world/world.ts'
import { accountOf } from './find-account.ts'
import type { ControlRequest, Route } from './http-server.ts'
import { parseBody } from './parse.ts'
import { Problem } from './problem.ts'

const account = z.union([z.string(), z.int()]).transform(String)

const newGroup = z.strictObject({
  title: z.string().min(1).max(255),
  creator: account,
  members: z.array(account).max(199).default([]),
})

export type NewGroup = z.input<typeof newGroup>

export interface GroupDescription {
  readonly id: string
  readonly title: string
  readonly creator: string
  readonly members: string[]
  /** Bare id of the supergroup to which the group was migrated. */
  readonly migrated_to: number | null
}

export function groupRoutes(world: World): Route[] {
  return [
    {
      method: 'GET',
      path: '/groups',
      handle: () => ({ json: [...world.groups.all()].map(describeGroup) }),
    },
    {
      method: 'POST',
      path: '/groups',
      handle: async (request) => ({ status: 201, json: await postGroup(world, request) }),
    },
    {
      method: 'POST',
      path: '/groups/:id/migrate',
      handle: (request) => ({ status: 201, json: migrate(world, request) }),
    },
  ]
}

async function postGroup(world: World, request: ControlRequest): Promise<GroupDescription> {
  const { title, creator, members } = await parseBody(request, newGroup)
  const creatorId = accountOf(world, creator).id
  const memberIds = members.map((member) => accountOf(world, member).id)
  const { group } = change(world, (transaction) =>
    createGroup(transaction, world, { title, creatorId, memberIds }, FROM_CONTROL),
  )
  return describeGroup(group)
}

function migrate(world: World, request: ControlRequest): GroupDescription {
  const group = groupOf(world, request.params['id'] ?? '')
  if (group.migratedTo !== null) {
    throw new Problem(409, 'conflict', `Group ${group.id} is a supergroup already.`)
  }
  change(world, (transaction) =>
    migrateGroup(transaction, world, { group, accountId: group.creatorId }, FROM_CONTROL),
  )
  return describeGroup(groupOf(world, String(group.id)))
}

/** Changes by the control API have no originating session, so all sessions get the updates. */
const FROM_CONTROL = { silent: false, origin: null }

/** Finds a group by its bare id. Throws a 404 problem if there is none. */
export function groupOf({ groups }: World, text: string): Group {
  const group = /^\d{1,18}$/.test(text) ? groups.get(BigInt(text)) : undefined
  if (group === undefined) {
    throw new Problem(404, 'group_not_found', `There is no group ${text}.`)
  }
  return group
}

function describeGroup({ id, title, creatorId, memberIds, migratedTo }: Group): GroupDescription {
  return {
    id: String(id),
    title,
    creator: String(creatorId),
    members: memberIds.map(String),
    migrated_to: migratedTo === null ? null : Number(migratedTo),
  }
}
