import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { emulatorClient, type EmulatorClient } from './client.ts'
import { controlRoutes } from './control/routes.ts'
import { startControlServer } from './control/http-server.ts'
import { startDataCentres } from './data-centres.ts'
import { generateRsaKey, loadRsaKey, type RsaKey } from './mtproto/rsa.ts'
import { listenOn } from './ports.ts'
import type { DcAddress } from './rpc/method.ts'
import { pushUpdates } from './rpc/push-updates.ts'
import { findLayerFiles, loadSchemas } from './tl/layers.ts'
import { createVolatileJournal, openJournal, type Journal } from './world/journal.ts'
import { Imports } from './world/imports.ts'
import { populate } from './world/populate.ts'
import { createWorld, type World } from './world/world.ts'

export interface EmulatorOptions {
  /** The port of data centre 2; 0 selects a free port. */
  readonly port: number
  /** The port of the control API; 0 selects a free port. */
  readonly controlPort: number
  /** `demo`, `empty`, or the path of a Telegram Desktop export. */
  readonly world: string
  /** The directory of keys, accounts and posts; null discards them on close. */
  readonly dataDir: string | null
  /**
   * A directory with `api-<layer>.tl` files of layers other than the packaged one. Default: the usual directory, if it
   * exists.
   */
  readonly schemaDir?: string | undefined
  /** A second peer on an auth key gets AUTH_KEY_DUPLICATED, and the key is destroyed. Default: off. */
  readonly strictOwnership?: boolean
}

export interface Emulator {
  /** In order: 2, 4. */
  readonly dcs: readonly DcAddress[]
  /** Supported layers, ascending. */
  readonly layers: readonly number[]
  readonly controlUrl: string
  /** PKCS #1 PEM, the format that clients expect. */
  readonly publicKeyPem: string
  /** The requests of the control API. */
  readonly control: EmulatorClient
  /** Closes all connections and frees the ports. */
  close(): Promise<void>
}

/** With its state, for the tests of this package. */
export interface OpenEmulator extends Emulator {
  readonly world: World
}

const HOST = '127.0.0.1'

/**
 * Starts both data centres and the control API on loopback. Throws PortTakenError, JournalError for an unreadable data
 * directory, and the errors of reading an export.
 */
export async function startEmulator(options: EmulatorOptions): Promise<OpenEmulator> {
  const closers: (() => Promise<void> | void)[] = []
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer()
  }
  try {
    return { ...(await open(options, closers)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function open(
  { port, controlPort, world: from, dataDir, schemaDir, strictOwnership }: EmulatorOptions,
  closers: (() => Promise<void> | void)[],
): Promise<Omit<OpenEmulator, 'close'>> {
  const journal = openStore(dataDir)
  closers.push(() => journal.close())
  const world = createWorld(journal, dataDir)
  closers.push(() => world.uploads.close())
  await populate(world, from)
  const imports = new Imports(world.channels, journal, dataDir)
  imports.restore()
  const { madeChannels } = world
  madeChannels.restore()
  const rsaKey = serverKey(journal)
  const schema = loadSchemas(findLayerFiles(schemaDir))
  const { centres, addresses } = await startDataCentres(world, rsaKey, {
    host: HOST,
    port,
    schema,
    strictOwnership: strictOwnership ?? false,
  })
  closers.push(...centres.map((centre) => () => centre.close()))
  pushUpdates(world, centres)
  const { publicKeyPem } = rsaKey
  const { methods } = schema
  const routes = controlRoutes({ world, imports, madeChannels, publicKeyPem, centres, methods })
  const server = await listenOn(controlPort, (port) =>
    startControlServer({ host: HOST, port }, routes),
  )
  closers.push(() => server.close())
  const controlUrl = `http://${HOST}:${server.port}`
  const control = emulatorClient({ controlUrl })
  return { dcs: addresses, layers: schema.layers, controlUrl, control, publicKeyPem, world }
}

function openStore(dataDir: string | null): Journal {
  if (dataDir === null) return createVolatileJournal()
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  return openJournal(join(dataDir, 'journal.jsonl'))
}

/** The key pair of a world is persistent, so that clients keep trusting it. */
function serverKey(journal: Journal): RsaKey {
  const [restored] = journal.restored('rsa-key')
  if (restored !== undefined) return loadRsaKey(restored.value as string)
  const created = generateRsaKey()
  journal.put('rsa-key', created.privateKeyPem)
  return created
}
