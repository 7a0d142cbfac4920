import { MAX_DATA_CENTRE_PORT, telegramApplication, type StackConfig } from '../config.ts'
import { freePort, isPortFree, PortTaken } from './ports.ts'
import type { ServiceName } from '../services.ts'

/** Preferred distance from PORT; the services use the ports directly after PORT. */
const POSTGRES_OFFSET = 10
const NATS_OFFSET = 11

/** Distance of data centre 4's port from EMULATOR_PORT: added if GramJS can store the sum, otherwise subtracted. */
const DATA_CENTRE_DISTANCE = 10_000

/** The port variables; 0 means that the stack chooses. */
type Wanted = Pick<StackConfig, 'PORT' | 'EMULATOR_PORT' | 'EMULATOR_CONTROL_PORT'>

export interface EmulatorPorts {
  readonly port: number
  readonly controlPort: number
}

/** The port of each part; unused for a server that the user provides. */
export interface StackPorts {
  readonly services: Readonly<Record<ServiceName, number>>
  readonly postgres: number
  readonly nats: number
  readonly emulator: EmulatorPorts
}

/**
 * Chooses all ports of the stack before any process listens; no port is chosen twice. Throws `PortTaken`, which names
 * every variable whose port is not available.
 */
export async function choosePorts(config: StackConfig): Promise<StackPorts> {
  const wanted = wantedPorts(config)
  const chosen = await claimFixed(wanted)
  const choose = async (preferred: number) => {
    const port = await freePort(preferred, chosen)
    chosen.add(port)
    return port
  }
  const emulator = {
    port: await chooseDataCentres(wanted, chosen),
    controlPort: wanted.EMULATOR_CONTROL_PORT || (await choose(0)),
  }
  const gateway = wanted.PORT || (await choose(0))
  return {
    services: {
      'auth-gateway': gateway,
      sources: await choose(gateway + 1),
      scraper: await choose(gateway + 2),
    },
    postgres: await choose(gateway + POSTGRES_OFFSET),
    nats: await choose(gateway + NATS_OFFSET),
    emulator,
  }
}

function wantedPorts(config: StackConfig): Wanted {
  const { PORT, EMULATOR_PORT, EMULATOR_CONTROL_PORT } = config
  return telegramApplication(config) === undefined
    ? { PORT, EMULATOR_PORT, EMULATOR_CONTROL_PORT }
    : { PORT, EMULATOR_PORT: 0, EMULATOR_CONTROL_PORT: 0 }
}

async function claimFixed(wanted: Wanted): Promise<Set<number>> {
  const fixed = Object.entries(wanted).filter(([, port]) => port !== 0)
  const isFree = await Promise.all(fixed.map(([, port]) => isPortFree(port)))
  const problems = fixed
    .filter((_, index) => !isFree[index])
    .map(([variable, port]) => describeTaken(variable, port, 'taken by another program'))
  if (problems.length > 0) throw new PortTaken(problems.join('\n'))
  return new Set(fixed.map(([, port]) => port))
}

/** The port of data centre 2, chosen so that no other part has the port of data centre 4. */
async function chooseDataCentres(wanted: Wanted, chosen: Set<number>): Promise<number> {
  for (;;) {
    const port = wanted.EMULATOR_PORT || (await freePort(0, chosen))
    const fourth = await dataCentre4Port(port)
    if (!chosen.has(fourth)) {
      chosen.add(port).add(fourth)
      return port
    }
    if (wanted.EMULATOR_PORT === 0) continue
    const [other = ''] = Object.entries(wanted).find(([, port]) => port === fourth) ?? []
    const why = `where the emulator's data centre 4 listens when EMULATOR_PORT is ${port}`
    throw new PortTaken(describeTaken(other, fourth, why))
  }
}

/** The port that the emulator will choose for data centre 4: the first free one from its distance to data centre 2. */
async function dataCentre4Port(port: number): Promise<number> {
  const above = port + DATA_CENTRE_DISTANCE
  let fourth = above <= MAX_DATA_CENTRE_PORT ? above : port - DATA_CENTRE_DISTANCE
  while (!(await isPortFree(fourth))) fourth += 1
  return fourth
}

function describeTaken(variable: string, port: number, why: string): string {
  return `Port ${port} (${variable}) is ${why}: stop that, or choose another port with ${variable}=…`
}
