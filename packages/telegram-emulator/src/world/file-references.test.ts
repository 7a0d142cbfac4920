import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FileReferences } from './file-references.ts'
import { createVolatileJournal, openJournal } from './journal.ts'

const HOUR_MS = 3_600_000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})

afterEach(() => {
  vi.useRealTimers()
})

test('a reference is valid for its file for a day', () => {
  const references = new FileReferences(createVolatileJournal())
  const reference = references.issue(5n, 1n)
  expect(references.check(5n, 1n, reference)).toBe('valid')
  vi.setSystemTime(Date.now() + 24 * HOUR_MS)
  expect(references.check(5n, 1n, reference)).toBe('valid')
  vi.setSystemTime(Date.now() + HOUR_MS)
  expect(references.check(5n, 1n, reference)).toBe('expired')
  expect(references.check(5n, 1n, references.issue(5n, 1n))).toBe('valid')
})

test('a reference is invalid for another file, in another world, or when altered', () => {
  const references = new FileReferences(createVolatileJournal())
  const reference = references.issue(5n, 1n)
  expect(references.check(6n, 1n, reference)).toBe('invalid')
  expect(references.check(5n, 2n, reference)).toBe('invalid')
  expect(new FileReferences(createVolatileJournal()).check(5n, 1n, reference)).toBe('invalid')
  const later = Buffer.from(reference)
  later.writeUInt32BE(later.readUInt32BE() + 1)
  expect(references.check(5n, 1n, later)).toBe('invalid')
  expect(references.check(5n, 1n, reference.subarray(1))).toBe('invalid')
})

test('all references can be expired at once, even those issued within the same hour', () => {
  const references = new FileReferences(createVolatileJournal())
  const reference = references.issue(5n, 1n)
  references.expireAll()
  expect(references.check(5n, 1n, reference)).toBe('expired')
  expect(references.check(5n, 1n, references.issue(5n, 1n))).toBe('valid')
})

test('the references of one file can be expired', () => {
  const references = new FileReferences(createVolatileJournal())
  const [ended, other] = [references.issue(5n, 1n), references.issue(6n, 1n)]
  const { epoch } = references
  references.expire(5n)
  expect(references.epoch).not.toBe(epoch)
  expect(references.check(5n, 1n, ended)).toBe('expired')
  expect(references.check(6n, 1n, other)).toBe('valid')
  expect(references.check(5n, 1n, references.issue(5n, 1n))).toBe('valid')
})

test('a new lifetime applies to references already issued', () => {
  const references = new FileReferences(createVolatileJournal())
  const early = references.issue(5n, 1n)
  vi.setSystemTime(Date.now() + 2 * HOUR_MS)
  references.lifeSeconds = 10
  expect(references.check(5n, 1n, early)).toBe('expired')
  const late = references.issue(5n, 1n)
  vi.setSystemTime(Date.now() + 10_000)
  expect(references.check(5n, 1n, late)).toBe('valid')
  vi.setSystemTime(Date.now() + 1000)
  expect(references.check(5n, 1n, late)).toBe('expired')
})

test('expired references stay expired after a restart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'file-references-'))
  const first = openJournal(join(folder, 'journal'))
  const references = new FileReferences(first)
  const [ended, other] = [references.issue(5n, 1n), references.issue(6n, 1n)]
  references.expire(5n)
  first.close()
  const second = openJournal(join(folder, 'journal'))
  const restored = new FileReferences(second)
  expect(restored.check(5n, 1n, ended)).toBe('expired')
  expect(restored.check(6n, 1n, other)).toBe('valid')
  second.close()
  rmSync(folder, { recursive: true })
})
