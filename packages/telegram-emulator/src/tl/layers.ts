import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import api from 'telegram/tl/apiTl.js'
import service from 'telegram/tl/schemaTl.js'
import { parseSchema, type Definition } from './parse.ts'
import { createSchemaSet, type SchemaSet } from './schema.ts'

/** The layer of the schema in the `telegram` package. The package has no export of the number that is fast to load. */
export const PACKAGED_LAYER = 198

/**
 * The schema below the API. The package's schema declares binary fields as strings, as early TL did; decoding them as
 * text would corrupt them.
 */
export const SERVICE_DEFINITIONS: readonly Definition[] = parseSchema(
  service.replaceAll(
    /\b(pq|p|q|g_a|g_b|dh_prime|encrypted_data|encrypted_answer|info):string/g,
    '$1:bytes',
  ),
)

/** The default directory for other layers: `shared/telegram-schema` beside the checkout. */
const USUAL_SCHEMA_DIR = fileURLToPath(
  new URL('../../../../../shared/telegram-schema', import.meta.url),
)

/** A schema file (`.tl`) of another layer. */
export interface LayerFile {
  readonly layer: number
  readonly path: string
}

/**
 * The files `api-<layer>.tl` of a directory. Default: the usual directory, if it exists. Throws the error of the file
 * system if a given directory cannot be read.
 */
export function findLayerFiles(directory?: string): LayerFile[] {
  if (directory === undefined && !existsSync(USUAL_SCHEMA_DIR)) return []
  const from = directory ?? USUAL_SCHEMA_DIR
  return readdirSync(from).flatMap((name) => {
    const layer = /^api-(\d+)\.tl$/.exec(name)?.[1]
    return layer === undefined ? [] : [{ layer: Number(layer), path: join(from, name) }]
  })
}

/** Loads the package's layer and those of the given files. Takes about 20 ms per layer; load once. */
export function loadSchemas(files: readonly LayerFile[] = []): SchemaSet {
  const apis = new Map<number, readonly Definition[]>([[PACKAGED_LAYER, parseSchema(api)]])
  for (const { layer, path } of files) apis.set(layer, parseSchema(readFileSync(path, 'utf8')))
  return createSchemaSet(SERVICE_DEFINITIONS, apis)
}
