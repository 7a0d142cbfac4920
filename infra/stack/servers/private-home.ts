import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  statSync,
  symlinkSync,
  rmSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** The user id of `nobody` on all systems. Postgres refuses to run as root; a numeric id needs no user account. */
const UNPRIVILEGED_ID = 65_534
const FALLBACK_PREFIX = '/var/tmp/telegather-postgres-'

export interface PrivateHome {
  readonly path: string
  /** The user and group to run as, or undefined for the caller's own. */
  readonly runAs: number | undefined
}

/**
 * A directory from which Postgres can run: `path` itself; or, when root starts us and a directory
 * above `path` is closed to others (a checkout in /root), one in /var/tmp that `path` links to.
 */
export function preparePrivateHome(path: string): PrivateHome {
  if (process.getuid?.() !== 0) {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return { path, runAs: undefined }
  }
  mkdirSync(dirname(path), { recursive: true })
  openToPassers(dirname(path))
  const home = canPass(dirname(dirname(path))) ? path : linkedHome(path)
  mkdirSync(home, { recursive: true })
  chmodSync(home, 0o711)
  return { path: home, runAs: UNPRIVILEGED_ID }
}

function openToPassers(directory: string): void {
  const { mode } = statSync(directory)
  if ((mode & 0o001) === 0) chmodSync(directory, (mode & 0o7777) | 0o011)
}

function canPass(directory: string): boolean {
  if ((statSync(directory).mode & 0o001) === 0) return false
  const parent = dirname(directory)
  return parent === directory || canPass(parent)
}

/** Later starts follow the link if it points to a directory of root; otherwise a new directory is made. */
function linkedHome(link: string): string {
  const known = readLink(link)
  if (known?.startsWith(FALLBACK_PREFIX) && isOwnDirectory(known)) return known
  rmSync(link, { recursive: true, force: true })
  const home = mkdtempSync(FALLBACK_PREFIX)
  symlinkSync(home, link)
  return home
}

function readLink(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
    ? readlinkSync(path)
    : undefined
}

function isOwnDirectory(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats !== undefined && stats.isDirectory() && stats.uid === 0
}
