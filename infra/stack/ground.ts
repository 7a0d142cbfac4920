import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { choosePorts, type StackPorts } from './servers/choose-ports.ts'
import type { StackConfig } from './config.ts'
import type { Console } from './console.ts'
import { lockDataDir, ownIdentity } from './processes/data-dir-lock.ts'
import { createProcessGroup, type ProcessGroup } from './processes/process-group.ts'
import { openStackFile, readStackFile, stopLeftovers } from './processes/stack-file.ts'

/** A locked data directory, its ports, and the processes that run on it. */
export interface Ground {
  readonly group: ProcessGroup
  readonly ports: StackPorts
  /** For `psql "$(cat …)"`; removed when the stack stops. */
  readonly databaseUrlFile: string
  /** Stops all processes in the order of their ranks and unlocks the directory. */
  leave(): Promise<void>
}

/**
 * Locks the data directory, stops the remaining processes of a killed stack, and chooses the ports.
 * Throws `DataDirInUse` or `PortTaken`, before anything is started.
 */
export async function prepareGround(config: StackConfig, console: Console): Promise<Ground> {
  const { dataDir } = config
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const me = ownIdentity()
  const unlock = lockDataDir(dataDir, me)
  try {
    const path = join(dataDir, 'stack.json')
    await stopKilledStack(path, console)
    const ports = await choosePorts(config)
    const stackFile = openStackFile(path, me)
    const group = createProcessGroup(stackFile, console.died)
    const databaseUrlFile = join(dataDir, 'database-url')
    const leave = async () => {
      await group.stop()
      rmSync(databaseUrlFile, { force: true })
      stackFile.remove()
      unlock()
    }
    return { group, ports, databaseUrlFile, leave }
  } catch (error) {
    unlock()
    throw error
  }
}

async function stopKilledStack(stackFile: string, console: Console): Promise<void> {
  const killed = readStackFile(stackFile)
  if (killed === undefined) return
  console.say('The last stack was killed: stopping what it left behind …')
  await stopLeftovers(killed)
}
