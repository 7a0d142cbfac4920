import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { ownIdentity } from '../stack/processes/data-dir-lock.ts'
import { freePort } from '../stack/servers/ports.ts'
import { createProcessGroup } from '../stack/processes/process-group.ts'
import { startNats, startPostgres } from '../stack/servers/start-servers.ts'
import { openStackFile } from '../stack/processes/stack-file.ts'

/** The cache of a downloaded nats-server, shared with `npm start`. */
const NATS_BINARIES = fileURLToPath(new URL('../../.data/nats-server', import.meta.url))

/** Starts one Postgres and one NATS server for the whole run, in a directory that is removed at its end. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), 'telegather-test-'))
  const stackFile = openStackFile(join(directory, 'stack.json'), ownIdentity())
  const group = createProcessGroup(stackFile, reportDeath, directory)
  const stop = async () => {
    await group.stop()
    rmSync(directory, { recursive: true, force: true })
  }
  const { signal } = new AbortController()
  try {
    const postgresPort = await freePort()
    const natsPort = await freePort(0, new Set([postgresPort]))
    const [postgresUrl, natsUrl] = await Promise.all([
      startPostgres(group, {
        directory: join(directory, 'postgres'),
        port: postgresPort,
        durable: false,
        signal,
      }),
      startNats(group, {
        directory: join(directory, 'nats'),
        binaries: NATS_BINARIES,
        port: natsPort,
        announce,
        signal,
      }),
    ])
    project.provide('postgresUrl', postgresUrl)
    project.provide('natsUrl', natsUrl)
    return stop
  } catch (error) {
    await stop()
    throw error
  }
}

function announce(line: string): void {
  process.stderr.write(`${line}\n`)
}

function reportDeath({ name, cause }: { name: string; cause: string }): void {
  announce(`The tests' ${name} ended (${cause})`)
}
