import { setTimeout as delay } from 'node:timers/promises'
import type { Emulator } from '@telegather/telegram-emulator'
import type { Fighter } from './fighting-services.ts'
import { keyStatistics } from './key-statistics.ts'
import { pick, type Random } from './random.ts'
import { BEYOND_LEASE_MS } from './service-environment.ts'
import type { Servers } from './servers.ts'

export interface Stage {
  readonly emulator: Emulator
  readonly servers: Servers
  readonly fighters: readonly Fighter[]
}

export const ACT_NAMES = [
  'holder_killed',
  'holder_stopped',
  'holder_frozen',
  'postgres_killed',
  'postgres_restarted',
  'nats_killed',
  'nats_restarted',
] as const
export type ActName = (typeof ACT_NAMES)[number]

interface Befallen {
  /** Whether it befell everything that serves the session: its holder, or a server that all need. */
  readonly wasFelt: boolean
  readonly over: Promise<void>
}

type Act = (stage: Stage, random: Random) => Promise<Befallen>

/** What happens in the middle of the work. Three times of four to the session's holder, else to anyone. */
export const ACTS: Readonly<Record<ActName, Act>> = {
  holder_killed: againstService(async (victim) => victim.send('SIGKILL')),
  holder_stopped: againstService(async (victim) => victim.send('SIGTERM')),
  /** Sometimes it wakes as the holder, mostly beyond its lease. */
  holder_frozen: againstService(async (victim, random) => {
    victim.send('SIGSTOP')
    await delay(500 + random() * BEYOND_LEASE_MS)
    victim.send('SIGCONT')
  }),
  postgres_killed: againstServer('postgres', 'killed'),
  postgres_restarted: againstServer('postgres', 'cleanly'),
  nats_killed: againstServer('nats', 'killed'),
  nats_restarted: againstServer('nats', 'cleanly'),
}

function againstServer(name: 'postgres' | 'nats', how: 'killed' | 'cleanly'): Act {
  return async ({ servers }) => {
    await servers[name].end(how)
    await servers[name].start()
    return { wasFelt: true, over: Promise.resolve() }
  }
}

function againstService(act: (victim: Fighter, random: Random) => Promise<void>): Act {
  return async ({ emulator, fighters }, random) => {
    const holder = await holderOf(emulator, fighters)
    const victim = holder && random() < 0.75 ? holder : pick(fighters, random)
    return { wasFelt: victim === holder, over: act(victim, random) }
  }
}

/** Whoever is connected to Telegram. */
async function holderOf(
  emulator: Emulator,
  fighters: readonly Fighter[],
): Promise<Fighter | undefined> {
  const { peers } = await keyStatistics(emulator)
  return fighters.find(({ address }) => peers.includes(address))
}
