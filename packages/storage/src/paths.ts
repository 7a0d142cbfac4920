import { BadPath } from './errors.ts'
import { MARKER } from './marker.ts'

/** Where files lie until they are complete. */
export const INCOMING = '.incoming'

/** There, a file that is written only to see whether it can be. */
export const CHECK = 'check'

const RESERVED: ReadonlySet<string> = new Set([INCOMING, MARKER])

const MAX_FOLDER_BYTES = 512
const MAX_SEGMENT_BYTES = 143
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\:*?"<>|]/u

/** The parts of a path below a target's root. Throws BadPath when it does not stay there, or names what is ours. */
export function segmentsOf(path: string): string[] {
  const segments = path.split('/')
  if (path.includes('\0') || segments.some((part) => ['', '.', '..'].includes(part)))
    throw new BadPath(`The path leaves its target: ${path}`)
  // Many a NAS tells no upper from lower case.
  if (RESERVED.has(segments[0]?.toLowerCase() ?? ''))
    throw new BadPath(`The name is reserved: ${segments[0]}`)
  return segments
}

/** See `Target.folder`; `root` is the target's own path or address. */
export function folderBelow(root: string, targetPath: string): string {
  const base = root.replace(/\/+$/, '')
  const given = targetPath.trim().normalize('NFC')
  const below = given === base || given.startsWith(`${base}/`) ? given.slice(base.length) : given
  const segments = below.split('/').filter((part) => part !== '' && part !== '.')
  if (segments.length === 0) return ''
  const folder = segments.join('/')
  segmentsOf(folder)
  if (UNSAFE.test(folder) || segments.some((part) => /[. ]$|^ /.test(part)))
    throw new BadPath(`The path has characters that not every file system knows: ${targetPath}`)
  const tooLong = segments.some((part) => Buffer.byteLength(part) > MAX_SEGMENT_BYTES)
  if (tooLong || Buffer.byteLength(folder) > MAX_FOLDER_BYTES)
    throw new BadPath(
      `The path is too long: ${MAX_FOLDER_BYTES} bytes, ${MAX_SEGMENT_BYTES} a part`,
    )
  return folder
}

/** The beginning of the names in `.incoming` of what an owner has not finished. */
export function unfinishedPrefix(owner: string): string {
  if (!/^[a-zA-Z0-9]+$/.test(owner)) throw new Error(`not an owner: ${owner}`)
  return `${owner}-`
}

/** The beginning of the names of an unfinished file that can be resumed. */
export function resumablePrefix(owner: string, key: string): string {
  if (!/^[a-zA-Z0-9]+$/.test(key)) throw new Error(`not a key: ${key}`)
  return `${unfinishedPrefix(owner)}${key}-`
}

/** The key of an unfinished file; null of one that cannot be resumed. */
export function keyOf(name: string): string | null {
  return /^[a-zA-Z0-9]+-([a-zA-Z0-9]+)-/.exec(name)?.[1] ?? null
}

/** Each key once. */
export function keysOf(unfinished: readonly string[]): string[] {
  return [...new Set(unfinished.flatMap((name) => keyOf(name) ?? []))]
}

/** Each owner once. */
export function ownersOf(unfinished: readonly string[]): string[] {
  return [...new Set(unfinished.flatMap((name) => /^([a-zA-Z0-9]+)-/.exec(name)?.[1] ?? []))]
}
