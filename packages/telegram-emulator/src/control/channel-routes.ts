import { z } from 'zod'
import { ARCHETYPES, type ArchetypeName } from '../content/archetypes.ts'
import { exportText } from '../desktop/write-desktop-export.ts'
import type { Channel } from '../world/channel.ts'
import { ChannelConflictError } from '../world/channels.ts'
import { now } from '../world/clock.ts'
import { isUsernameTaken } from '../world/usernames.ts'
import type { World } from '../world/world.ts'
import { describeChannel, type ChannelDescription } from './describe-channel.ts'
import type { ControlRequest, Route } from './http-server.ts'
import { importExport } from './import-export.ts'
import { accountOf } from './find-account.ts'
import { channelOf } from './find-channel.ts'
import { parseBody, parseChannelId } from './parse.ts'
import { Problem } from './problem.ts'
import type { Controlled } from './routes.ts'

const MAX_EXPORT_BYTES = 64 * 1024 * 1024
const MAX_MESSAGES = 50_000_000
const MAX_DATE = 0x7fff_ffff
const DEFAULT_MAX_FILE_BYTES = 20 * 1024 * 1024

/** The displayed participant count; known participants form its lower bound. */
const participants = z.int().min(0).max(1_000_000_000)

const newChannel = z.strictObject({
  id: z.union([z.string(), z.int()]).optional(),
  title: z.string().min(1).max(128),
  kind: z.enum(['broadcast', 'supergroup']).default('broadcast'),
  /** Without a username the channel is private. */
  username: z
    .string()
    .regex(/^[a-z][a-z0-9_]{3,31}$/i, 'A username has 4 to 32 letters, digits and underscores')
    .nullable()
    .default(null),
  about: z.string().max(255).default(''),
  members: z.enum(['all', 'none']).default('all'),
  participants: participants.optional(),
})

const channelChange = z.strictObject({ participants })

const content = z.strictObject({
  messages: z.int().min(0).max(MAX_MESSAGES),
  seed: z.union([z.string().max(256), z.int()]).transform(String),
  archetype: z.enum(Object.keys(ARCHETYPES) as ArchetypeName[]).optional(),
  /** Unix seconds. */
  last_date: z.int().min(0).max(MAX_DATE).optional(),
  /** Bytes. */
  max_file_size: z.int().min(1).max(2_000_000_000).default(DEFAULT_MAX_FILE_BYTES),
})

/** Accounts by phone number or id. */
const members = z.strictObject({
  add: z
    .array(z.union([z.string(), z.int()]))
    .max(1000)
    .default([]),
  remove: z
    .array(z.union([z.string(), z.int()]))
    .max(1000)
    .default([]),
})

export type NewChannel = z.input<typeof newChannel>
export type ChannelChange = z.input<typeof channelChange>
export type GeneratedContent = z.input<typeof content>
export type MembersChange = z.input<typeof members>

export function channelRoutes(controlled: Controlled): Route[] {
  const { world, madeChannels } = controlled
  return [
    {
      method: 'GET',
      path: '/channels',
      handle: () => ({
        json: [...world.channels.all()].map((channel) => describeChannel(world, channel)),
      }),
    },
    {
      method: 'POST',
      path: '/channels',
      handle: async (request) => ({ status: 201, json: await createChannel(controlled, request) }),
    },
    {
      method: 'PATCH',
      path: '/channels/:id',
      handle: async (request) => ({ json: await changeChannel(world, request) }),
    },
    {
      method: 'POST',
      path: '/channels/:id/generate',
      handle: async (request) => ({ status: 201, json: await generate(controlled, request) }),
    },
    {
      method: 'POST',
      path: '/channels/:id/members',
      handle: async (request) => ({ json: await changeMembers(world, request) }),
    },
    {
      method: 'POST',
      path: '/channels/:id/import',
      maxBodyBytes: MAX_EXPORT_BYTES,
      handle: async (request) => {
        const channel = await importExport(controlled, request)
        madeChannels.forget(channel.id)
        return { status: 201, json: describeChannel(world, channel) }
      },
    },
    {
      method: 'GET',
      path: '/channels/:id/export',
      handle: (request) => ({ jsonText: exportText(world, channelOf(world, request)) }),
    },
  ]
}

async function createChannel(
  { world, madeChannels }: Controlled,
  request: ControlRequest,
): Promise<ChannelDescription> {
  const input = await parseBody(request, newChannel)
  const id = input.id === undefined ? madeChannels.freeId() : parseChannelId(String(input.id))
  if (id === null || id === 0n) {
    throw new Problem(400, 'invalid_input', 'A channel id has 1 to 18 digits.')
  }
  if (world.channels.get(id) !== undefined) {
    throw new Problem(409, 'conflict', `There is a channel ${id} already.`)
  }
  const { title, kind, username, about } = input
  if (username !== null && isUsernameTaken(world, username)) {
    throw new Problem(409, 'conflict', `The username ${username} is taken.`)
  }
  const isJoinedByAll = input.members === 'all'
  try {
    const description = { id, title, kind, username, about, createdAt: now(), isJoinedByAll }
    const channel = madeChannels.create(description)
    if (input.participants !== undefined) {
      world.channels.stateParticipants(channel, input.participants)
    }
    return describeChannel(world, channel)
  } catch (error) {
    if (error instanceof ChannelConflictError) throw new Problem(409, 'conflict', error.message)
    throw error
  }
}

async function changeChannel(world: World, request: ControlRequest): Promise<ChannelDescription> {
  const channel = channelOf(world, request)
  const input = await parseBody(request, channelChange)
  world.channels.stateParticipants(channel, input.participants)
  return describeChannel(world, channel)
}

/** The same parameters yield the same messages for the same channel id. */
async function generate(
  { world, imports, madeChannels }: Controlled,
  request: ControlRequest,
): Promise<ChannelDescription> {
  const channel = channelOf(world, request)
  const input = await parseBody(request, content)
  const usual = channel.blueprint.kind === 'broadcast' ? 'library' : 'community'
  const generated = madeChannels.generate(channel, {
    messages: input.messages,
    seed: input.seed,
    archetype: input.archetype ?? usual,
    lastDate: input.last_date ?? now(),
    maxFileBytes: input.max_file_size,
  })
  imports.forget(channel.id)
  return describeChannel(world, generated)
}

async function changeMembers(
  world: World,
  request: ControlRequest,
): Promise<{ members: string[] }> {
  const channel = channelOf(world, request)
  const { add, remove } = await parseBody(request, members)
  const joining = add.map((text) => accountOf(world, String(text)))
  const leaving = remove.map((text) => accountOf(world, String(text)))
  for (const account of joining) world.channels.join(account, channel)
  for (const account of leaving) world.channels.leave(account, channel)
  return { members: memberIds(world, channel) }
}

function memberIds({ accounts, channels }: World, channel: Channel): string[] {
  return [...accounts.all()]
    .filter((account) => channels.isMember(account, channel))
    .map(({ id }) => String(id))
}
