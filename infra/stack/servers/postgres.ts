import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import {
  commandLine,
  identify,
  stopProcess,
  type ProcessIdentity,
} from '../processes/process-identity.ts'
import { unpackPostgres } from './postgres-binaries.ts'
import { preparePrivateHome, type PrivateHome } from './private-home.ts'
import { STOP_RANKS, type ProcessSpec } from '../processes/supervise.ts'

const USER = 'telegather'
const DATABASE = 'telegather'
const STOP_TIMEOUT_MS = 10_000

/** For tests: data is lost when the machine crashes, but not when Postgres does. */
const NOT_DURABLE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']

/** An initialised cluster without a running server. */
export interface Cluster {
  readonly home: PrivateHome
  readonly binaries: string
  readonly dataDirectory: string
  readonly logFile: string
  readonly password: string
}

/** Unpacks the binaries and initialises the cluster; stops a server that outlived its killed parent. */
export async function preparePostgres(directory: string): Promise<Cluster> {
  const home = preparePrivateHome(directory)
  const cluster = {
    home,
    binaries: join(unpackPostgres(home.path), 'bin'),
    dataDirectory: join(home.path, 'data'),
    logFile: join(home.path, 'server.log'),
    password: readOrCreatePassword(join(home.path, 'password')),
  }
  if (existsSync(cluster.dataDirectory)) await stopLeftoverPostmaster(cluster.dataDirectory)
  else await initialise(cluster)
  writeFileSync(cluster.logFile, '', { mode: 0o600 })
  return cluster
}

/** The same limit as in docker compose, so that tests fail when the services need more. */
export const DEFAULT_MAX_CONNECTIONS = 200

/** The server process, on loopback only and without a Unix socket. */
export function postgresProcess(
  cluster: Cluster,
  {
    port,
    durable,
    maxConnections = DEFAULT_MAX_CONNECTIONS,
  }: { readonly port: number; readonly durable: boolean; readonly maxConnections?: number },
): ProcessSpec {
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    `max_connections=${maxConnections}`,
    ...(durable ? [] : NOT_DURABLE),
  ]
  return {
    name: 'postgres',
    command: join(cluster.binaries, 'postgres'),
    args: ['-D', cluster.dataDirectory, ...settings.flatMap((setting) => ['-c', setting])],
    env: { LC_ALL: 'C', TZ: 'UTC' },
    // The caller's directory may be closed to the unprivileged user.
    cwd: '/',
    runAs: cluster.home.runAs,
    // SIGINT is Postgres' fast shutdown: it ends connections instead of waiting for them.
    stopSignal: 'SIGINT',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    stopRank: STOP_RANKS.postgres,
    output: { file: cluster.logFile },
  }
}

/** Whether this server process accepts connections, by the eighth line of postmaster.pid. */
export function isPostgresReady(cluster: Cluster, running: ProcessIdentity | undefined): boolean {
  const lines = readPidFile(cluster.dataDirectory)
  return running !== undefined && lines[0] === String(running.pid) && lines[7]?.trim() === 'ready'
}

/** The URL of the stack's database. Creates the database if it does not exist. */
export async function ensureDatabase(cluster: Cluster, port: number): Promise<string> {
  const server = `postgresql://${USER}:${cluster.password}@127.0.0.1:${port}`
  const admin = postgres(`${server}/postgres`, { max: 1, onnotice: () => {} })
  try {
    const existing = await admin`select 1 from pg_database where datname = ${DATABASE}`
    if (existing.length === 0) await admin.unsafe(`create database ${DATABASE}`)
  } finally {
    await admin.end({ timeout: 5 })
  }
  return `${server}/${DATABASE}`
}

/** Runs initdb in a draft directory and renames it, so that an interrupted initdb leaves no partial cluster. */
async function initialise(cluster: Cluster): Promise<void> {
  const draft = `${cluster.dataDirectory}.new`
  const passwordFile = `${cluster.dataDirectory}.password`
  const { runAs } = cluster.home
  rmSync(draft, { recursive: true, force: true })
  writeFileSync(passwordFile, cluster.password, { mode: 0o600 })
  if (runAs !== undefined) {
    chownSync(passwordFile, runAs, runAs)
    mkdirSync(draft, { mode: 0o700 })
    chownSync(draft, runAs, runAs)
  }
  const options = [
    '-U',
    USER,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
  ]
  const locale = ['--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  await promisify(execFile)(
    join(cluster.binaries, 'initdb'),
    ['-D', draft, ...options, ...locale, '--no-sync', '--no-instructions'],
    {
      cwd: '/',
      env: { LC_ALL: 'C', TZ: 'UTC' },
      ...(runAs === undefined ? {} : { uid: runAs, gid: runAs }),
    },
  )
  rmSync(passwordFile)
  renameSync(draft, cluster.dataDirectory)
}

/** Stops a postmaster that outlived its parent, only if its command line names this cluster. */
async function stopLeftoverPostmaster(dataDirectory: string): Promise<void> {
  const [pid, directory] = readPidFile(dataDirectory)
  if (pid === undefined) return
  const found = identify(Number(pid))
  const isOurs = directory === dataDirectory && commandLine(Number(pid)).includes(dataDirectory)
  if (found !== undefined && isOurs) await stopProcess(found, 'SIGINT', STOP_TIMEOUT_MS)
  // A stale file: Postgres refuses to start when the id now belongs to another program of the same user.
  else rmSync(join(dataDirectory, 'postmaster.pid'))
}

function readPidFile(dataDirectory: string): string[] {
  try {
    return readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function readOrCreatePassword(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8')
  const password = randomBytes(24).toString('base64url')
  writeFileSync(`${path}.new`, password, { mode: 0o600 })
  renameSync(`${path}.new`, path)
  return password
}
