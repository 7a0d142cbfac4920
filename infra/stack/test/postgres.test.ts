import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { ownIdentity } from '../processes/data-dir-lock.ts'
import { createProcessGroup } from '../processes/process-group.ts'
import { isRunning } from '../processes/process-identity.ts'
import { freePort } from '../servers/ports.ts'
import { startPostgres } from '../servers/start-servers.ts'
import { openStackFile } from '../processes/stack-file.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'telegather-postgres-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
})

async function start(home: string) {
  const stackFile = openStackFile(join(directory, 'stack.json'), ownIdentity())
  const group = createProcessGroup(stackFile, () => {})
  onTestFinished(() => group.stop())
  const { signal } = new AbortController()
  const url = await startPostgres(group, {
    directory: home,
    port: await freePort(),
    durable: false,
    signal,
  })
  return { group, url, process: stackFile.state.processes[0] }
}

async function ask(url: string, sql: string) {
  const client = postgres(url, { max: 1 })
  try {
    return await client.unsafe(sql)
  } finally {
    await client.end()
  }
}

test('Postgres serves UTF-8, requires the password and listens on loopback only', async () => {
  const { url } = await start(join(directory, 'postgres'))
  expect(await ask(url, `select upper('żó') as text, current_database() as db`)).toEqual([
    { text: 'ŻÓ', db: 'telegather' },
  ])
  expect(await ask(url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
  const wrong = new URL(url)
  wrong.password = 'guessed'
  await expect(ask(wrong.href, 'select 1')).rejects.toThrow('password authentication failed')
})

test('Postgres starts after a postmaster that outlived its parent, and after an interrupted initdb', async () => {
  const home = join(directory, 'postgres')
  mkdirSync(join(home, 'data.new'), { recursive: true })
  writeFileSync(join(home, 'data.new', 'PG_VERSION'), '18')
  const first = await start(home)
  await ask(first.url, 'create table kept (n int)')
  const second = await start(home)
  expect(first.process && isRunning(first.process)).toBe(false)
  expect(await ask(second.url, 'select count(*)::int from kept')).toEqual([{ count: 0 }])
})

test('Postgres starts despite a stale pid file that names another program', async () => {
  const home = join(directory, 'postgres')
  const { group } = await start(home)
  await group.stop()
  const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  onTestFinished(() => void bystander.kill('SIGKILL'))
  await once(bystander, 'spawn')
  const lines = [bystander.pid, join(home, 'data'), 0, 5432, '', '127.0.0.1', '', 'ready', '']
  writeFileSync(join(home, 'data', 'postmaster.pid'), lines.join('\n'))
  const { url } = await start(home)
  expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(bystander.exitCode).toBeNull()
})

test.runIf(process.getuid?.() === 0)(
  'started by root below a directory that is closed to others, it runs from /var/tmp',
  async () => {
    const closed = join(directory, 'closed')
    mkdirSync(join(closed, 'data'), { recursive: true })
    chmodSync(closed, 0o700)
    const link = join(closed, 'data', 'postgres')
    const { url, group } = await start(link)
    onTestFinished(() => rmSync(readlinkSync(link), { recursive: true }))
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    await ask(url, 'create table kept (n int)')
    await group.stop()
    const again = await start(link)
    expect(await ask(again.url, 'select count(*)::int from kept')).toEqual([{ count: 0 }])
    expect(existsSync(join(closed, 'data', 'postgres', 'password'))).toBe(true)
  },
)
