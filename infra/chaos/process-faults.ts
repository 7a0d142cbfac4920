import { setTimeout as delay } from 'node:timers/promises'
import type { Emulator } from '@telegather/telegram-emulator'
import type { ServiceProcess } from './service-process.ts'
import { keyStatistics } from './key-statistics.ts'
import { pick, type Random } from './random.ts'
import { BEYOND_LEASE_MS } from './service-environment.ts'
import type { Servers } from './servers.ts'

export interface Installation {
  readonly emulator: Emulator
  readonly servers: Servers
  readonly services: readonly ServiceProcess[]
}

export const PROCESS_FAULT_NAMES = [
  'holder_killed',
  'holder_stopped',
  'holder_frozen',
  'postgres_killed',
  'postgres_restarted',
  'nats_killed',
  'nats_restarted',
] as const
export type ProcessFaultName = (typeof PROCESS_FAULT_NAMES)[number]

interface InjectedFault {
  /** Whether the fault interrupts the session: its victim was the lease holder, Postgres or NATS. */
  readonly hitSession: boolean
  /** Resolves when the fault has ended, for example when a frozen process continues. */
  readonly ended: Promise<void>
}

type ProcessFault = (installation: Installation, random: Random) => Promise<InjectedFault>

/** Faults under load. The victim of `holder_…` is the lease holder with a probability of 75 %, otherwise any service. */
export const PROCESS_FAULTS: Readonly<Record<ProcessFaultName, ProcessFault>> = {
  holder_killed: againstService(async (victim) => victim.send('SIGKILL')),
  holder_stopped: againstService(async (victim) => victim.send('SIGTERM')),
  /** Continues after 0.5 to 7.5 s, mostly after its lease has expired. */
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

function againstServer(name: 'postgres' | 'nats', how: 'killed' | 'cleanly'): ProcessFault {
  return async ({ servers }) => {
    await servers[name].end(how)
    await servers[name].start()
    return { hitSession: true, ended: Promise.resolve() }
  }
}

function againstService(
  inject: (victim: ServiceProcess, random: Random) => Promise<void>,
): ProcessFault {
  return async ({ emulator, services }, random) => {
    const holder = await findHolder(emulator, services)
    const victim = holder && random() < 0.75 ? holder : pick(services, random)
    return { hitSession: victim === holder, ended: inject(victim, random) }
  }
}

/** The lease holder of the only session: the service that is connected to Telegram. */
async function findHolder(
  emulator: Emulator,
  services: readonly ServiceProcess[],
): Promise<ServiceProcess | undefined> {
  const { peers } = await keyStatistics(emulator)
  return services.find(({ address }) => peers.includes(address))
}
