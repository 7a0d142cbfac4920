import { extname } from 'node:path'
import { extension, extensions, lookup } from 'mime-types'

/** Usual extensions of types for which `mime-types` has none, or an unusual one first (`oga`, `mpga`, `qt`). */
const USUAL: ReadonlyMap<string, string> = new Map([
  ['application/x-tgsticker', 'tgs'],
  ['application/x-fictionbook+xml', 'fb2'],
  ['audio/flac', 'flac'],
  ['audio/mpeg', 'mp3'],
  ['audio/ogg', 'ogg'],
  ['audio/opus', 'opus'],
  ['image/jpg', 'jpg'],
  ['video/quicktime', 'mov'],
])

/** The type of files of unknown kind. */
const ANYTHING = 'application/octet-stream'

/** Types whose extensions are no aliases, such as `log`, `conf` and `txt`. */
const UNSPECIFIC: ReadonlySet<string> = new Set([ANYTHING, 'text/plain'])

/** The usual extension of a MIME type, in lower case without a dot; null for an unknown or unspecific type. */
export function extensionOf(mimeType: string | null): string | null {
  const essence = essenceOf(mimeType)
  if (essence === ANYTHING) return null
  return USUAL.get(essence) ?? (extension(essence) || null)
}

/**
 * True when a file has the type of the extension `wanted` (lower case, without a dot). The type comes from the file's name
 * when it ends in a known extension, otherwise from its MIME type. Extensions of one MIME type are aliases: `jpg` and
 * `jpeg`, `tif` and `tiff`.
 */
export function hasExtension(
  { name, mimeType }: { readonly name: string | null; readonly mimeType: string | null },
  wanted: string,
): boolean {
  const own = extname(name ?? '')
    .slice(1)
    .toLowerCase()
  if (own === wanted) return true
  const essence = essenceOf(mimeType)
  const isNamed = own !== '' && typeOf(own) !== null
  const candidates = isNamed ? [own] : [extensionOf(essence), ...(extensions[essence] ?? [])]
  return candidates.some((candidate) => candidate !== null && areAliases(candidate, wanted))
}

function areAliases(one: string, other: string): boolean {
  if (one === other) return true
  const type = typeOf(one)
  return type !== null && !UNSPECIFIC.has(type) && type === typeOf(other)
}

function typeOf(known: string): string | null {
  const usual = [...USUAL].find(([, extension]) => extension === known)
  return lookup(known) || (usual?.[0] ?? null)
}

/** The MIME type in lower case, without its parameters. */
function essenceOf(mimeType: string | null): string {
  return (mimeType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
