import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { JournalError, openJournal } from './journal.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'))
  path = join(folder, 'journal.jsonl')
})

afterEach(() => rmSync(folder, { recursive: true }))

/** The content of a journal that was closed and opened again. */
function reread(prefix = '') {
  const journal = openJournal(path)
  journal.close()
  return journal.restored(prefix)
}

test('values survive reopening, with their types', () => {
  const journal = openJournal(path)
  journal.put('account/1', { id: 2n ** 62n, key: Buffer.from('secret'), names: ['a\nb', null] })
  journal.put('post/1', 'text')
  journal.close()
  expect(reread('account/')).toEqual([
    {
      key: 'account/1',
      value: { id: 2n ** 62n, key: Buffer.from('secret'), names: ['a\nb', null] },
    },
  ])
})

test('reopening yields the last value of each key, and no deleted key', () => {
  const journal = openJournal(path)
  journal.put('a', 1)
  journal.put('b', 1)
  journal.put('a', 2)
  journal.delete('b')
  journal.close()
  expect(reread()).toEqual([{ key: 'a', value: 2 }])
})

test('a torn last line is dropped, and later writes are kept', () => {
  const journal = openJournal(path)
  journal.put('a', 1)
  journal.put('b', 2)
  journal.close()
  truncateSync(path, statSync(path).size - 2)
  const reopened = openJournal(path)
  expect(reopened.restored('')).toEqual([{ key: 'a', value: 1 }])
  reopened.put('c', 3)
  reopened.close()
  expect(reread().map(({ key }) => key)).toEqual(['a', 'c'])
})

test('changes written together survive all or none', () => {
  const journal = openJournal(path)
  journal.put('a', 1)
  journal.write([['b', 2], ['a'], ['c', 3]])
  journal.close()
  expect(reread()).toEqual([
    { key: 'b', value: 2 },
    { key: 'c', value: 3 },
  ])
  const torn = openJournal(path)
  torn.write([['d', 4], ['b']])
  torn.close()
  truncateSync(path, statSync(path).size - 2)
  expect(reread().map(({ key }) => key)).toEqual(['b', 'c'])
})

test('lines of any length are read back, in the order written', () => {
  const journal = openJournal(path)
  const values = Array.from({ length: 2500 }, (_, index) => `${index} ${'ä'.repeat(index)}`)
  for (const [index, value] of values.entries()) journal.put(`v/${index}`, value)
  journal.put('v/long', 'x'.repeat(3 * 1024 * 1024))
  journal.close()
  for (let times = 0; times < 2; times += 1) {
    const restored = reread()
    expect(restored.slice(0, -1).map(({ value }) => value)).toEqual(values)
    expect(restored.at(-1)?.value).toHaveLength(3 * 1024 * 1024)
  }
})

test('a broken line in the middle is an error that names it', () => {
  const journal = openJournal(path)
  journal.put('a', 1)
  journal.close()
  appendFileSync(path, '["b"\n["c",1]\n')
  expect(() => openJournal(path)).toThrow(JournalError)
  expect(() => openJournal(path)).toThrow(`${path}:3`)
})

test('a journal of another version is refused', () => {
  appendFileSync(path, '{"journal":"telegram-emulator","version":2}\n')
  expect(() => openJournal(path)).toThrow(/another version/)
})

test('opening compacts the file to the current values', () => {
  const journal = openJournal(path)
  for (let value = 0; value < 100; value += 1) journal.put('a', value)
  journal.close()
  reread()
  expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2)
})

test('an open journal cannot be opened again, and keeps its content', () => {
  const journal = openJournal(path)
  journal.put('a', 1)
  expect(() => openJournal(path)).toThrow(JournalError)
  expect(() => openJournal(path)).toThrow(`in use by the emulator of process ${process.pid}`)
  journal.put('b', 2)
  journal.close()
  expect(reread().map(({ key }) => key)).toEqual(['a', 'b'])
  expect(readdirSync(folder)).toEqual(['journal.jsonl'])
})

test('a journal that fails to open releases its lock', () => {
  appendFileSync(path, '{"journal":"telegram-emulator","version":2}\n')
  for (const _ of [1, 2]) expect(() => openJournal(path)).toThrow(/another version/)
})

test('another process is refused while the owner runs', async () => {
  const script = `import { openJournal } from ${JSON.stringify(new URL('journal.ts', import.meta.url))}
    openJournal(${JSON.stringify(path)}).put('a', 1)
    process.stdout.write('open')
    setInterval(() => {}, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void owner.kill('SIGKILL'))
  await once(owner.stdout, 'data')
  expect(() => openJournal(path)).toThrow(`in use by the emulator of process ${owner.pid}`)
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  expect(reread()).toEqual([{ key: 'a', value: 1 }])
})

test.each([
  ['of a process that has ended', '4194305 x'],
  ['whose process id was reused', `${process.pid} earlier`],
  ['that is truncated', '12'],
])('a lock %s is taken over', (_, content) => {
  writeFileSync(`${path}.lock`, content)
  const journal = openJournal(path)
  expect(() => openJournal(path)).toThrow(JournalError)
  journal.close()
})
