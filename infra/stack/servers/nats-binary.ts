import { execFile } from 'node:child_process'
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { systemPath } from '../config.ts'

const run = promisify(execFile)

/** Debian puts servers where the PATH of ordinary users does not look. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/opt/homebrew/bin', '/usr/local/bin']

const INSTALL_COMMANDS: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'brew install nats-server',
  linux:
    'install the package nats-server of your distribution, or a release from https://github.com/nats-io/nats-server/releases',
}

/** nats-server was not found and could not be downloaded; the message says how to install it. */
export class NoNatsServer extends Error {
  override name = 'NoNatsServer'
}

/**
 * The path of a nats-server: installed, unpacked earlier into `cacheDirectory`, or unpacked now from
 * the Debian package (needs no root: nothing is installed). `announce` is called before the download.
 */
export async function findNatsServer(
  cacheDirectory: string,
  announce: (line: string) => void,
): Promise<string> {
  const unpacked = join(cacheDirectory, 'package', 'usr', 'sbin', 'nats-server')
  const known = [...searchPath().map((directory) => join(directory, 'nats-server')), unpacked]
  const found = known.find(isExecutable)
  if (found !== undefined) return found
  if (!isExecutable('/usr/bin/apt-get')) throw noNatsServer()
  announce('Downloading nats-server from the Debian archive …')
  try {
    await unpackDebianPackage(cacheDirectory)
  } catch (cause) {
    throw noNatsServer(cause)
  }
  return unpacked
}

function searchPath(): string[] {
  return [...systemPath().split(delimiter), ...SYSTEM_DIRECTORIES]
}

async function unpackDebianPackage(cacheDirectory: string): Promise<void> {
  mkdirSync(cacheDirectory, { recursive: true })
  const draft = mkdtempSync(join(cacheDirectory, 'download-'))
  try {
    await downloadDebianPackage(draft)
    const archive = readdirSync(draft).find((name) => name.endsWith('.deb'))
    if (archive === undefined) throw new Error('apt-get download left no package behind')
    await run('dpkg', ['-x', join(draft, archive), join(draft, 'package')])
    rmSync(join(cacheDirectory, 'package'), { recursive: true, force: true })
    renameSync(join(draft, 'package'), join(cacheDirectory, 'package'))
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** Downloads with the system's package lists; if they are missing or outdated, with temporary lists. */
async function downloadDebianPackage(directory: string): Promise<void> {
  const download = (...options: string[]) =>
    run('apt-get', [...options, 'download', 'nats-server'], { cwd: directory })
  try {
    await download()
  } catch {
    const lists = [
      '-o',
      `Dir::State::Lists=${directory}/lists`,
      '-o',
      `Dir::Cache=${directory}/cache`,
    ]
    mkdirSync(join(directory, 'lists', 'partial'), { recursive: true })
    mkdirSync(join(directory, 'cache'))
    await run('apt-get', [...lists, 'update'])
    await download(...lists)
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function noNatsServer(cause?: unknown): NoNatsServer {
  const how = isExecutable('/usr/bin/apt-get')
    ? 'apt-get update && apt-get install nats-server'
    : (INSTALL_COMMANDS[process.platform] ?? 'see https://nats.io/download')
  const reason = cause instanceof Error ? ` (${cause.message.trim()})` : ''
  return new NoNatsServer(
    `nats-server is not installed and could not be downloaded${reason}. Install it: ${how}. Or set NATS_URL to a server of your own.`,
    { cause },
  )
}
