import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { Raw } from 'telegram/events/Raw.js'
import type { Api } from 'telegram/tl/index.js'

/** Collects the updates pushed to a client from now on, in order of arrival. */
export function pushedTo(client: TelegramClient): Api.TypeUpdate[] {
  const updates: Api.TypeUpdate[] = []
  client.addEventHandler((update: Api.TypeUpdate) => {
    // GramJS also emits events about its connection.
    if ('className' in update) updates.push(update)
  }, new Raw({}))
  return updates
}
