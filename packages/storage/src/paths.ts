import { BadPath } from './errors.ts'
import { MARKER } from './marker.ts'

/** Folder of files that are not complete yet. */
export const INCOMING = '.incoming'

/** Name of the file in `.incoming` that `Target.check` writes and deletes. */
export const CHECK = 'check'

const RESERVED: ReadonlySet<string> = new Set([INCOMING, MARKER])

const MAX_FOLDER_BYTES = 512
const MAX_SEGMENT_BYTES = 143
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\:*?"<>|]/u

/** Splits a path below a target's root. Throws BadPath when it leaves the root or begins with a reserved name. */
export function segmentsOf(path: string): string[] {
  const segments = path.split('/')
  if (path.includes('\0') || segments.some((part) => ['', '.', '..'].includes(part)))
    throw new BadPath(`The path leaves its target: ${path}`)
  // Many NAS file systems ignore case.
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
    throw new BadPath(
      `The path has characters that some file systems do not support: ${targetPath}`,
    )
  const tooLong = segments.some((part) => Buffer.byteLength(part) > MAX_SEGMENT_BYTES)
  if (tooLong || Buffer.byteLength(folder) > MAX_FOLDER_BYTES)
    throw new BadPath(
      `The path is too long: at most ${MAX_FOLDER_BYTES} bytes, and ${MAX_SEGMENT_BYTES} between two slashes`,
    )
  return folder
}

/** Name prefix of an owner's unfinished files in `.incoming`. */
export function unfinishedPrefix(owner: string): string {
  if (!/^[a-zA-Z0-9]+$/.test(owner)) throw new Error(`not an owner: ${owner}`)
  return `${owner}-`
}

/** Name prefix in `.incoming` of a resumable unfinished file. */
export function resumablePrefix(owner: string, key: string): string {
  if (!/^[a-zA-Z0-9]+$/.test(key)) throw new Error(`not a key: ${key}`)
  return `${unfinishedPrefix(owner)}${key}-`
}

/** The key in the name of an unfinished file; null when the file is not resumable. */
export function keyOf(name: string): string | null {
  return /^[a-zA-Z0-9]+-([a-zA-Z0-9]+)-/.exec(name)?.[1] ?? null
}

/** Distinct keys in names of unfinished files. */
export function keysOf(unfinished: readonly string[]): string[] {
  return [...new Set(unfinished.flatMap((name) => keyOf(name) ?? []))]
}

/** Distinct owners in names of unfinished files. */
export function ownersOf(unfinished: readonly string[]): string[] {
  return [...new Set(unfinished.flatMap((name) => /^([a-zA-Z0-9]+)-/.exec(name)?.[1] ?? []))]
}
