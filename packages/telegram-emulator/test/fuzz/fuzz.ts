import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findLayerFiles, loadSchemas } from '../../src/tl/layers.ts'
import { servedBy, spawnEmulator } from '../emulator-process.ts'
import { fuzzCalls } from './fuzz-calls.ts'
import { fuzzFrames } from './fuzz-frames.ts'

/**
 * `pnpm --filter @telegather/telegram-emulator fuzz [--rounds N] [--seed S]`: an emulator in a process of its own gets
 * half of N rounds as damaged messages and half as random calls, in parts. Ends with 1 when the emulator breaks,
 * answers 500, tells others something else, or needs too much memory.
 */

const PARTS = 10
const MAX_MEBIBYTES = 1024

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
  },
})
const dataDir = mkdtempSync(join(tmpdir(), 'emulator-fuzz-'))
const child = spawnEmulator(['--port', '0', '--control-port', '0', '--data-dir', dataDir])
const failures: string[] = []
try {
  const emulator = await servedBy(child)
  const schema = loadSchemas(findLayerFiles())
  const rounds = Math.ceil(Number(values.rounds) / PARTS / 2)
  for (let part = 0; part < PARTS; part += 1) {
    const seed = Number(values.seed) * PARTS + part
    await fuzzFrames(emulator, schema, { rounds, seed })
    const calls = await fuzzCalls(emulator, schema, { rounds, seed })
    failures.push(...calls.failures)
    const mebibytes = residentMebibytes(child.pid ?? 0)
    if (mebibytes > MAX_MEBIBYTES) failures.push(`${mebibytes} MiB after part ${part + 1}`)
    process.stdout.write(
      `${rounds * 2 * (part + 1)} rounds, ${mebibytes} MiB, ${calls.results} results, ` +
        `${calls.errors.size} kinds of errors, ${failures.length} failures\n`,
    )
  }
} finally {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
  rmSync(dataDir, { recursive: true })
}
for (const failure of failures) process.stderr.write(`${failure}\n`)
process.exitCode = failures.length === 0 ? 0 : 1

/** NaN if the system does not provide it. */
function residentMebibytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024)
  } catch {
    return Number.NaN
  }
}
