import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { DataDirInUse, lockDataDir, ownIdentity } from '../processes/data-dir-lock.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'telegather-lock-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
})

test('the lock of a data directory is held until it is released', () => {
  const unlock = lockDataDir(directory, ownIdentity())
  expect(() => lockDataDir(directory, ownIdentity())).toThrow(DataDirInUse)
  unlock()
  lockDataDir(directory, ownIdentity())()
  expect(existsSync(join(directory, 'lock'))).toBe(false)
})

test.each([
  ['whose process has ended', JSON.stringify({ pid: 2 ** 22 + 1, startedAt: 'x' })],
  [
    'whose process id belongs to another process now',
    JSON.stringify({ pid: process.pid, startedAt: 'earlier' }),
  ],
  ['that was cut short', '{"pid":'],
])('a lock %s is taken over', (_, content) => {
  writeFileSync(join(directory, 'lock'), content)
  const unlock = lockDataDir(directory, ownIdentity())
  expect(() => lockDataDir(directory, ownIdentity())).toThrow(DataDirInUse)
  unlock()
})
