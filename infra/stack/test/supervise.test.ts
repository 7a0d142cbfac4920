import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { ownIdentity } from '../processes/data-dir-lock.ts'
import { createProcessGroup, type ProcessGroup } from '../processes/process-group.ts'
import { isRunning } from '../processes/process-identity.ts'
import { openStackFile, readStackFile } from '../processes/stack-file.ts'
import type { Death, ProcessSpec } from '../processes/supervise.ts'

interface World {
  readonly directory: string
  readonly group: ProcessGroup
  readonly deaths: Death[]
}

function createWorld(): World {
  const directory = mkdtempSync(join(tmpdir(), 'telegather-supervise-'))
  const deaths: Death[] = []
  const stackFile = openStackFile(join(directory, 'stack.json'), ownIdentity())
  const group = createProcessGroup(stackFile, (death) => deaths.push(death))
  onTestFinished(async () => {
    await group.stop()
    rmSync(directory, { recursive: true })
  })
  return { directory, group, deaths }
}

function script(source: string, spec: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    name: 'script',
    command: process.execPath,
    args: ['-e', source],
    env: {},
    cwd: '/',
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 10_000,
    stopRank: 0,
    output: { onLine: () => {} },
    ...spec,
  }
}

const FOREVER = 'setInterval(() => {}, 1000); console.log("up")'

/** Runs a script and waits for its first line. */
async function runUntilUp(group: ProcessGroup, spec: ProcessSpec) {
  const onLine = vi.fn<(line: string) => void>()
  const member = group.run({ ...spec, output: { onLine } })
  await vi.waitUntil(() => onLine.mock.calls.length > 0)
  return member
}

test('a process that dies is restarted, and the death is reported', async () => {
  const { group, deaths } = createWorld()
  const member = await runUntilUp(group, script(FOREVER))
  const first = member.current()
  process.kill(first?.pid ?? 0, 'SIGKILL')
  await vi.waitUntil(() => member.current() !== undefined && member.current() !== first)
  expect(deaths).toEqual([
    { name: 'script', cause: 'SIGKILL', restartInMs: 500, lastOutput: undefined },
  ])
  const recorded = readStackFile(group.stackFile.path)?.processes.map(({ pid }) => pid)
  expect(recorded).toEqual([member.current()?.pid])
})

test('a process that exits early three times is hopeless, and its last output is reported', async () => {
  const { group, deaths } = createWorld()
  const member = group.run(script('console.error("no such thing"); process.exit(3)'))
  await expect(member.hopeless).rejects.toThrow('script does not start: code 3')
  expect(deaths.at(-1)?.lastOutput?.at(-1)).toBe('no such thing')
})

test('a process whose command does not exist is hopeless', async () => {
  const { group } = createWorld()
  const member = group.run(script('', { command: '/no/such/program' }))
  await expect(member.hopeless).rejects.toThrow('ENOENT')
})

test('a process that ignores the stop signal is killed after its stop timeout', async () => {
  const { group, deaths } = createWorld()
  const stubborn = `process.on("SIGTERM", () => {}); ${FOREVER}`
  const member = await runUntilUp(group, script(stubborn, { stopTimeoutMs: 50 }))
  const identity = member.current()
  await group.stop()
  expect(identity && isRunning(identity)).toBe(false)
  expect(deaths).toEqual([])
})

test('processes of a lower rank have ended before those of a higher rank get a stop signal', async () => {
  const { group, directory } = createWorld()
  const log = join(directory, 'log')
  const logsItsStop = (name: string) =>
    `process.on("SIGTERM", () => { require("fs").appendFileSync("${log}", "${name} "); process.exit() }); ${FOREVER}`
  await runUntilUp(group, script(logsItsStop('database'), { stopRank: 2 }))
  await runUntilUp(group, script(logsItsStop('service'), { stopRank: 1 }))
  await group.stop()
  expect(readFileSync(log, 'utf8')).toBe('service database ')
  expect(() => group.run(script(FOREVER))).toThrow('being stopped')
})
