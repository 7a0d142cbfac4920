import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { connect, signIn } from './gramjs.ts'
import { pushedTo } from './pushed.ts'

export const NORA = '+9996621001'
export const EMIL = '+9996627777'

/** One of two accounts that know each other. */
export interface Correspondent {
  readonly client: TelegramClient
  /** The reference with which the other account reaches this one. */
  readonly peer: Api.InputPeerUser
  /** The updates pushed since the last {@link TwoAccounts.settle}. */
  readonly pushed: Api.TypeUpdate[]
}

export interface TwoAccounts {
  readonly emulator: OpenEmulator
  readonly nora: Correspondent
  readonly emil: Correspondent
  /** Waits for pending updates, and clears `pushed`. */
  settle(): Promise<void>
  /** Sends a message from Nora to Emil. */
  say(
    message: string,
    more?: Partial<Api.messages.SendMessage>,
  ): Promise<Api.UpdateShortSentMessage>
  close(): Promise<void>
}

/** Two accounts signed in to an emulator of their own. */
export async function twoAccounts(): Promise<TwoAccounts> {
  const emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
  const clients = { nora: await connect(emulator), emil: await connect(emulator) }
  const users = {
    nora: await signIn(clients.nora, NORA),
    emil: await signIn(clients.emil, EMIL),
  }
  const nora = {
    client: clients.nora,
    peer: await peerOf(clients.emil, users.nora),
    pushed: pushedTo(clients.nora),
  }
  const emil = {
    client: clients.emil,
    peer: await peerOf(clients.nora, users.emil),
    pushed: pushedTo(clients.emil),
  }
  return {
    emulator,
    nora,
    emil,
    settle: async () => {
      // Updates pushed before a response arrive before it.
      for (const { client } of [nora, emil]) await client.invoke(new Api.updates.GetState())
      for (const { pushed } of [nora, emil]) pushed.splice(0)
    },
    say: async (message, more = {}) => {
      const call = { peer: emil.peer, message, randomId: nextRandomId(), ...more }
      const sent = await nora.client.invoke(new Api.messages.SendMessage(call))
      return sent as Api.UpdateShortSentMessage
    },
    close: async () => {
      await nora.client.destroy()
      await emil.client.destroy()
      await emulator.close()
    },
  }
}

let lastRandomId = 0

export function nextRandomId(): ReturnType<typeof returnBigInt> {
  lastRandomId += 1
  return returnBigInt(lastRandomId)
}

async function peerOf(client: TelegramClient, user: Api.User): Promise<Api.InputPeerUser> {
  const username = user.username ?? ''
  const found = await client.invoke(new Api.contacts.ResolveUsername({ username }))
  const accessHash = (found.users[0] as Api.User).accessHash ?? returnBigInt(0)
  return new Api.InputPeerUser({ userId: user.id, accessHash })
}

/** The newest message of a dialog. Throws if there is none. */
export async function newestMessage(
  client: TelegramClient,
  peer: Api.TypeInputPeer,
): Promise<Api.Message> {
  const [message] = await client.getMessages(peer, { limit: 1 })
  if (message === undefined) throw new Error('nothing has come')
  return message
}
