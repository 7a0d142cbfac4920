import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
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
  /** Where data centre 2 listens; 0 picks a free port. */
  readonly port: number
  /** Where the control API listens; 0 picks a free port. */
  readonly controlPort: number
  /** `demo`, `empty`, or the path of a Telegram Desktop export. */
  readonly world: string
  /** Where keys, accounts and posts are kept; null forgets them on close. */
  readonly dataDir: string | null
  /** A directory with `api-<layer>.tl` for layers beside the packaged one; without it, the usual one if it exists. */
  readonly schemaDir?: string | undefined
  /** Two peers on one auth key are answered AUTH_KEY_DUPLICATED, and the key is destroyed. Off by default. */
  readonly strictOwnership?: boolean
}

export interface Emulator {
  /** In the order 2, 4. */
  readonly dcs: readonly DcAddress[]
  /** Layers that are spoken, ascending. */
  readonly layers: readonly number[]
  readonly controlUrl: string
  /** PKCS #1 PEM, the form in which clients take it. */
  readonly publicKeyPem: string
  readonly world: World
  /** Drops every connection and frees the ports. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'

/**
 * Starts both data centres and the control API on loopback. Throws PortTakenError, JournalError for a data directory
 * that cannot be read, and what reading an export throws.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
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
): Promise<Omit<Emulator, 'close'>> {
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
  const control = await listenOn(controlPort, (port) =>
    startControlServer({ host: HOST, port }, routes),
  )
  closers.push(() => control.close())
  const controlUrl = `http://${HOST}:${control.port}`
  return { dcs: addresses, layers: schema.layers, controlUrl, publicKeyPem, world }
}

function openStore(dataDir: string | null): Journal {
  if (dataDir === null) return createVolatileJournal()
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  return openJournal(join(dataDir, 'journal.jsonl'))
}

/** The key pair of a world stays, so that clients that once trusted it still do. */
function serverKey(journal: Journal): RsaKey {
  const [restored] = journal.restored('rsa-key')
  if (restored !== undefined) return loadRsaKey(restored.value as string)
  const created = generateRsaKey()
  journal.put('rsa-key', created.privateKeyPem)
  return created
}
