import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

const LOOPBACK = '127.0.0.1'
const MAX_ATTEMPTS = 100

/** Below the ephemeral ports: an outgoing connection could take one of those between choice and use. */
const PICKED_PORTS = { first: 20_000, end: 32_768 } as const

/** A port that the user chose is already in use. */
export class PortTaken extends Error {
  override name = 'PortTaken'
}

/** Whether a loopback port is free. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false)
      else reject(error)
    })
    server.listen(port, LOOPBACK, () => server.close(() => resolve(true)))
  })
}

/** The preferred loopback port when it is free and below 65536, else any. Never one of `chosen`. */
export async function freePort(preferred = 0, chosen = new Set<number>()): Promise<number> {
  const isPossible = preferred > 0 && preferred < 65_536 && !chosen.has(preferred)
  if (isPossible && (await isPortFree(preferred))) return preferred
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const port = randomInt(PICKED_PORTS.first, PICKED_PORTS.end)
    if (!chosen.has(port) && (await isPortFree(port))) return port
  }
  throw new Error(`No free port was found from ${PICKED_PORTS.first} on`)
}
