import type { World } from '../world/world.ts'
import { countMessage, deleteMessage, editMessage } from './change-message.ts'
import { describeEmitted } from './describe-emitted.ts'
import { describeSent } from './describe-sent.ts'
import type { Route } from './http-server.ts'
import { postMessages } from './post-message.ts'
import { setDifferenceLimits } from './set-difference-limits.ts'
import { setReferenceLife } from './set-reference-life.ts'

/** Routes for messages, and for the logs of sent messages and updates. */
export function messageRoutes(world: World): Route[] {
  return [
    {
      method: 'POST',
      path: '/messages',
      handle: async (request) => ({ status: 201, json: await postMessages(world, request) }),
    },
    {
      method: 'PATCH',
      path: '/messages/:chat/:id',
      handle: async (request) => ({ json: await editMessage(world, request) }),
    },
    {
      method: 'PATCH',
      path: '/messages/:chat/:id/counters',
      handle: async (request) => ({ json: await countMessage(world, request) }),
    },
    {
      method: 'DELETE',
      path: '/messages/:chat/:id',
      handle: async (request) => ({ json: await deleteMessage(world, request) }),
    },
    { method: 'GET', path: '/sent', handle: () => ({ items: describeSent(world) }) },
    { method: 'GET', path: '/emitted', handle: () => ({ items: describeEmitted(world) }) },
    {
      method: 'PATCH',
      path: '/differences',
      handle: async (request) => ({ json: await setDifferenceLimits(world, request) }),
    },
    {
      method: 'PATCH',
      path: '/file-references',
      handle: async (request) => ({ json: await setReferenceLife(world, request) }),
    },
  ]
}
