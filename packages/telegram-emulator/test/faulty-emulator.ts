import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { Api } from 'telegram/tl/index.js'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { control } from './control.ts'
import { connect, signIn } from './gramjs.ts'
import { smallChannel } from './small-channel.ts'

export const STATE = new Api.updates.GetState()

interface Placed {
  readonly id: number
  readonly fired: number
  readonly ignored_waits?: number
}

/** The emulator of one test file, with helpers for tests of faults. Every test starts without faults. */
export interface FaultyEmulator {
  readonly emulator: () => OpenEmulator
  readonly place: (fault: Record<string, unknown>) => Promise<Placed>
  /** The current state of a fault. */
  readonly placed: (id: number) => Promise<Placed | undefined>
  /** A client that throws on flood waits instead of sleeping; signed in if a number is given. */
  readonly newClient: (phone?: string) => Promise<TelegramClient>
}

export function faultyEmulator(): FaultyEmulator {
  let emulator: OpenEmulator
  const clients: TelegramClient[] = []
  beforeAll(async () => {
    emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
    emulator.world.channels.add(
      smallChannel({ id: 8001n, title: 'Posts', username: 'some_posts', ids: [1, 2, 10, 30] }),
    )
  })
  afterEach(async () => {
    await control(emulator, 'DELETE', '/faults')
    await Promise.all(clients.splice(0).map((client) => client.destroy()))
  })
  afterAll(() => emulator.close())
  return {
    emulator: () => emulator,
    place: async (fault) => (await control(emulator, 'POST', '/faults', fault)) as Placed,
    placed: async (id) => {
      const all = (await control(emulator, 'GET', '/faults')) as Placed[]
      return all.find((fault) => fault.id === id)
    },
    newClient: async (phone) => {
      const client = await connect(emulator)
      clients.push(client)
      client.floodSleepThreshold = 0
      if (phone !== undefined) await signIn(client, phone)
      return client
    },
  }
}

/** The error that GramJS throws for an `rpc_error`. */
export function refusal(errorMessage: string, code?: number): unknown {
  return expect.objectContaining({ errorMessage, ...(code !== undefined && { code }) })
}
