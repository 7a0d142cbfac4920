import { MAX_DC_PORT } from './config.ts'

/** Lowest port selected for data centres: below the range from which systems assign ports to clients. */
const FIRST_PICKED_PORT = 20_000
const PORT_DISTANCE = 10_000
const MAX_ATTEMPTS = 100

/** The requested port is in use. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError'
  readonly port: number

  constructor(port: number, cause: unknown) {
    super(`Port ${port} is taken.`, { cause })
    this.port = port
  }
}

/** Runs `listen` on this port. Throws PortTakenError if another process uses it. */
export async function listenOn<T>(port: number, listen: (port: number) => Promise<T>): Promise<T> {
  try {
    return await listen(port)
  } catch (error) {
    throw isTaken(error) ? new PortTakenError(port, error) : error
  }
}

/** Runs `listen` on the first port of `candidates` that is free. */
export async function listenOnFirst<T>(
  candidates: Iterable<number>,
  listen: (port: number) => Promise<T>,
): Promise<T> {
  let taken: unknown
  for (const port of candidates) {
    try {
      return await listen(port)
    } catch (error) {
      if (!isTaken(error)) throw error
      taken = error
    }
  }
  throw new Error('No free port was found.', { cause: taken })
}

/** Random ports that GramJS can store. */
export function* randomPorts(): Generator<number> {
  const span = MAX_DC_PORT - FIRST_PICKED_PORT
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    yield FIRST_PICKED_PORT + Math.floor(Math.random() * span)
  }
}

/** Candidates for the second data centre's port, given the first one's: ten thousand away, then upwards. */
export function* portsBeside(port: number): Generator<number> {
  const start = port + PORT_DISTANCE <= MAX_DC_PORT ? port + PORT_DISTANCE : port - PORT_DISTANCE
  for (let step = 0; step < MAX_ATTEMPTS && start + step <= MAX_DC_PORT; step += 1) {
    yield start + step
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}
