import type { Channel } from '../world/channel.ts'
import type { World } from '../world/world.ts'
import type { ControlRequest } from './http-server.ts'
import { parseChannelId } from './parse.ts'
import { Problem } from './problem.ts'

/** The channel in a request's path. Throws a 404 problem if there is none. */
export function channelOf({ channels }: World, { params }: ControlRequest): Channel {
  const id = parseChannelId(params['id'] ?? '')
  const channel = id === null ? undefined : channels.get(id)
  if (channel === undefined) {
    throw new Problem(404, 'channel_not_found', `There is no channel ${params['id']}.`)
  }
  return channel
}
