import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ACTOR_HEADER, signActor } from '@telegather/service'
import postgres from 'postgres'
import type { RunningStack } from '../../testing/running-stack.ts'
import { growthRows, type Row } from './requests.ts'
import { addPosts, addSourcesAndRuns, OWNERS } from './rows.ts'
import type { Work } from './measure-work.ts'
import { measureWork, workTable } from './work.ts'

/** Folder of query plans, ignored by git. */
const PLANS = fileURLToPath(new URL('../../../.data/bench/plans', import.meta.url))
const TIMES = 40

export interface Growth {
  readonly sizes: readonly Size[]
  /** Measured beside the largest archive. */
  readonly work: readonly Work[]
}

interface Size {
  readonly posts: number
  readonly rows: readonly {
    readonly name: string
    readonly owner: string
    readonly p50Ms: number
    readonly p95Ms: number
  }[]
}

/**
 * Measures the milliseconds of each list, search and count at the sources service, one request at a time. Then measures
 * the work of the services beside the largest archive.
 */
export async function measureGrowth(
  stack: RunningStack,
  sizes: readonly number[],
): Promise<Growth> {
  const sql = postgres(stack.databaseUrl, { max: 1, onnotice: () => undefined })
  try {
    const measured: Size[] = []
    await addSourcesAndRuns(sql)
    for (const posts of sizes) {
      await addPosts(sql, posts)
      const rows = []
      for (const row of growthRows()) rows.push({ ...row, ...(await measure(stack, row)) })
      await keepPlans(stack, sql, posts)
      measured.push({ posts, rows })
    }
    return { sizes: measured, work: await measureWork(stack, sql) }
  } finally {
    await sql.end()
  }
}

async function measure(stack: RunningStack, row: Row): Promise<{ p50Ms: number; p95Ms: number }> {
  const took: number[] = []
  await ask(stack, row)
  for (let time = 0; time < TIMES; time++) {
    const startedAt = performance.now()
    await ask(stack, row)
    took.push(performance.now() - startedAt)
  }
  const sorted = took.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? NaN
  return { p50Ms: at(0.5), p95Ms: at(0.95) }
}

async function ask({ sourcesUrl, internalKey }: RunningStack, { owner, path }: Row): Promise<void> {
  const actor = signActor(internalKey, { keyId: null, owner: OWNERS[owner], scopes: ['*'] })
  const response = await fetch(sourcesUrl + path, { headers: { [ACTOR_HEADER]: actor } })
  const text = await response.text()
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${text}`)
}

/** Repeats each request with `auto_explain`, which logs the plans of its statements, and saves them to a file. */
async function keepPlans(stack: RunningStack, sql: postgres.Sql, posts: number): Promise<void> {
  const directory = join(PLANS, String(posts))
  await mkdir(directory, { recursive: true })
  const explaining = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_buffers': 'on',
  }
  for (const [name, value] of Object.entries(explaining))
    await sql.unsafe(`alter role current_user set ${name} = '${value}'`)
  await reconnect(sql)
  try {
    for (const row of growthRows()) {
      const from = (await readFile(stack.postgresLog)).length
      await ask(stack, row)
      const log = (await readFile(stack.postgresLog)).subarray(from)
      const file = `${row.owner} ${row.name}.txt`.replaceAll(/[^\w.]+/g, '-')
      await writeFile(join(directory, file), log)
    }
  } finally {
    for (const name of Object.keys(explaining))
      await sql.unsafe(`alter role current_user reset ${name}`)
    await reconnect(sql)
  }
}

/** Closes the services' connections: settings of a role apply only to new connections. */
async function reconnect(sql: postgres.Sql): Promise<void> {
  await sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where usename = current_user and pid <> pg_backend_pid()`
  await delay(2000)
}

export function growthTable({ sizes, work }: Growth): string {
  return [...sizes.map(sizeTable), workTable(work)].join('\n\n')
}

function sizeTable({ posts, rows }: Size): string {
  const lines = rows.map(
    ({ name, owner, p50Ms, p95Ms }) =>
      `| ${name} | ${owner} | ${p50Ms.toFixed(1)} | ${p95Ms.toFixed(1)} |`,
  )
  return [
    `### ${posts} posts`,
    '',
    '| request | owner | p50 ms | p95 ms |',
    '|---|---|---:|---:|',
    ...lines,
  ].join('\n')
}
