/** `npm run bench`: compares this project's engine with Telethon and GramJS, alternating on the same emulator. */
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findLayerFiles } from '../../packages/telegram-emulator/src/tl/layers.ts'
import { createFiles, createPosts } from './channels.ts'
import { compare, tableOf, type Comparison, type Discipline } from './compare.ts'
import { growthTable, measureGrowth, type Growth } from './growth/growth.ts'
import { call } from './json-calls.ts'
import { PYTHON, runContestant, type Contestant } from './run-contestant.ts'
import { startStack, type RunningStack } from '../testing/running-stack.ts'
import { createSession, runScraper } from './scraper-run.ts'

const ACCOUNT = { phone: '+9996621001', code: '22222' }
const DISCIPLINES = ['history', 'store', 'download', 'slow', 'archive'] as const
type DisciplineName = (typeof DISCIPLINES)[number]

const USAGE = `npm run bench [-- options]
  --rounds N       how often each contestant runs (3)
  --posts N        posts of the history (100000)
  --mebibytes N    of all files together (1024)
  --only a,b       some of ${DISCIPLINES.join(', ')}; or growth: lists, searches and work beside large archives
  --sizes a,b      posts of the archives of growth (100000,1000000)
  --json PATH      where the figures go (bench.json in the working directory)
`

/** TL layer of Debian's Telethon 1.25. */
const TELETHON_LAYER = 144

/** Emulator faults for a slow network: 50 ms latency and 5 MiB/s per connection. */
const SLOW_LINE = [
  { kind: 'latency', delay_ms: 50 },
  { kind: 'bandwidth', bytes_per_second: 5 * 1024 * 1024 },
]

interface Bench {
  readonly stack: RunningStack
  readonly directory: string
  readonly sessionId: number
  readonly posts: string
  readonly files: string
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      posts: { type: 'string', default: '100000' },
      mebibytes: { type: 'string', default: '1024' },
      only: { type: 'string', default: DISCIPLINES.join(',') },
      sizes: { type: 'string', default: '100000,1000000' },
      json: { type: 'string', default: 'bench.json' },
    },
  })
  const only = values.only.split(',')
  const disciplines = DISCIPLINES.filter((name) => only.includes(name))
  if (disciplines.length > 0) {
    requirePython()
    requireLayer(TELETHON_LAYER)
  }
  const directory = await mkdtemp(join(tmpdir(), 'telegather-bench-'))
  const stack = await startStack(join(directory, 'stack'))
  try {
    const comparisons: Comparison[] = []
    if (disciplines.length > 0) {
      const posts = await createPosts(stack.control, Number(values.posts), directory)
      const files = await createFiles(stack.control, Number(values.mebibytes))
      const { id: sessionId } = await createSession(stack, ACCOUNT)
      const bench = { stack, directory, sessionId, posts, files }
      for (const name of disciplines) {
        const comparison = await compare(disciplineOf(bench, name), Number(values.rounds))
        comparisons.push(comparison)
        process.stdout.write(`${tableOf(comparison)}\n\n`)
      }
    }
    const growth = only.includes('growth') ? await runGrowth(stack, values.sizes) : null
    const machine = { processors: availableParallelism(), model: cpus()[0]?.model ?? null }
    const figures = {
      at: new Date().toISOString(),
      machine,
      rounds: Number(values.rounds),
      comparisons,
      growth,
    }
    await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`)
  } finally {
    await stack.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

async function runGrowth(stack: RunningStack, sizes: string): Promise<Growth> {
  const growth = await measureGrowth(stack, sizes.split(',').map(Number))
  process.stdout.write(`${growthTable(growth)}\n\n`)
  return growth
}

function disciplineOf(bench: Bench, name: DisciplineName): Discipline {
  const { stack, sessionId, posts, files } = bench
  const run = (contestant: Contestant, task: DisciplineName) => async () =>
    await contest(bench, contestant, task)
  switch (name) {
    case 'history':
      return {
        name: 'history, read',
        unit: 'posts',
        contestants: { telegather: run('telegather', name), telethon: run('telethon', name) },
      }
    case 'store':
      return {
        name: 'history, in committed rows',
        unit: 'posts',
        contestants: {
          telegather: async () =>
            await runScraper(stack, sessionId, { channel: posts, counter: 'messages_stored' }),
          telethon: run('telethon', name),
        },
      }
    case 'download':
      return {
        name: 'files of 1–200 MB',
        unit: 'MiB',
        contestants: {
          telegather: run('telegather', name),
          gramjs: run('gramjs', name),
          telethon: run('telethon', name),
        },
      }
    case 'slow':
      return {
        name: 'files, 50 ms, 5 MiB/s per connection',
        unit: 'MiB',
        contestants: { telegather: async () => await onSlowLine(bench) },
      }
    case 'archive':
      return {
        name: 'files, hashed and synced by the scraper',
        unit: 'MiB',
        contestants: {
          telegather: async () =>
            await runScraper(stack, sessionId, { channel: files, counter: 'bytes_stored' }),
        },
      }
  }
}

async function contest(bench: Bench, contestant: Contestant, name: DisciplineName) {
  const { stack, directory } = bench
  const files = join(directory, 'files')
  await mkdir(files)
  try {
    const [dcs, key] = await Promise.all([
      call('GET', `${stack.control}/dcs`),
      fetch(`${stack.control}/key`),
    ])
    return await runContestant(contestant, {
      ...ACCOUNT,
      name: name === 'slow' ? 'download' : name,
      dcs,
      publicKeyPem: await key.text(),
      channel: name === 'history' || name === 'store' ? bench.posts : bench.files,
      directory: files,
      databaseUrl: stack.databaseUrl,
    })
  } finally {
    await rm(files, { recursive: true })
  }
}

async function onSlowLine(bench: Bench) {
  const faults = `${bench.stack.control}/faults`
  for (const fault of SLOW_LINE) await call('POST', faults, fault)
  try {
    return await contest(bench, 'telegather', 'slow')
  } finally {
    await call('DELETE', faults)
  }
}

function requirePython(): void {
  const { status } = spawnSync(PYTHON, ['-c', 'import telethon, psycopg2'])
  if (status === 0) return
  throw new Error(
    'Telethon and psycopg2 are needed to compare with: apt-get install python3-telethon python3-psycopg2',
  )
}

function requireLayer(layer: number): void {
  if (findLayerFiles().some((file) => file.layer === layer)) return
  throw new Error(
    `Telethon speaks layer ${layer}, whose schema the emulator does not have: see packages/telegram-emulator/README.md#layers`,
  )
}

try {
  await main()
} catch (error) {
  const isUsage = error instanceof Error && 'code' in error && /PARSE_ARGS/.test(String(error.code))
  process.stderr.write(
    `${error instanceof Error ? error.message : String(error)}\n${isUsage ? USAGE : ''}`,
  )
  process.exitCode = 1
}
