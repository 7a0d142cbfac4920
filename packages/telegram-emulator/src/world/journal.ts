import { appendFileSync, closeSync, existsSync, openSync } from 'node:fs'
import { decodeJson, encodeJson } from './json.ts'
import { readLines, replaceLines } from './line-file.ts'
import { lockForProcess } from './process-lock.ts'

/** A key and its new value; without a value, the key is deleted. */
export type Change = readonly [key: string, value?: unknown]

/**
 * The persistent state of the emulator: a key-value table as an append-only log. Each change is one line, written
 * before the call returns, so a killed process loses no change that it acknowledged.
 */
export interface Journal {
  put(key: string, value: unknown): void
  delete(key: string): void
  /** Writes several changes as one line: after a crash, all or none of them are there. */
  write(changes: readonly Change[]): void
  /** All entries whose key starts with `prefix`, as of the opening of the journal, in the order written. */
  restored(prefix: string): { key: string; value: unknown }[]
  /** Closes the file and releases its lock. */
  close(): void
}

const HEADER = { journal: 'telegram-emulator', version: 1 }

export class JournalError extends Error {
  override readonly name = 'JournalError'
}

/** A journal that stores nothing, for tests and temporary worlds. */
export function createVolatileJournal(): Journal {
  return { put() {}, delete() {}, write() {}, restored: () => [], close() {} }
}

/**
 * Opens or creates the journal, locks it until it is closed, and compacts it: overwritten and deleted entries are
 * dropped. A torn last line, left by a killed process, is dropped too. Throws JournalError for a broken line elsewhere,
 * and for a journal that another running process has open.
 */
export function openJournal(path: string): Journal {
  const lock = lockForProcess(`${path}.lock`)
  if (lock.status === 'held') {
    throw new JournalError(
      `${path} is in use by the emulator of process ${lock.pid}: stop that one, or choose another data directory`,
    )
  }
  try {
    return openLocked(path, lock.unlock)
  } catch (error) {
    lock.unlock()
    throw error
  }
}

function openLocked(path: string, unlock: () => void): Journal {
  const records = existsSync(path) ? replay(path) : new Map<string, unknown>()
  replaceLines(path, linesOf(records))
  const restored = [...records]
  const tables = Map.groupBy(restored, ([key]) => tableOf(key))
  const file = openSync(path, 'a')
  const append = (line: unknown): void => appendFileSync(file, `${encodeJson(line)}\n`)
  return {
    put: (key, value) => append([key, value]),
    delete: (key) => append([key]),
    write: (changes) => {
      if (changes.length > 0) append(changes)
    },
    restored: (prefix) =>
      (prefix.includes('/') ? (tables.get(tableOf(prefix)) ?? []) : restored)
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => ({ key, value })),
    close: () => {
      closeSync(file)
      unlock()
    },
  }
}

function replay(path: string): Map<string, unknown> {
  const records = new Map<string, unknown>()
  let number = 0
  for (const line of readLines(path)) {
    number += 1
    if (number > 1) for (const change of parse(line, `${path}:${number}`)) apply(records, change)
    else if (line !== encodeJson(HEADER)) {
      throw new JournalError(`${path} was written by another version of the emulator: ${line}`)
    }
  }
  return records
}

function* linesOf(records: ReadonlyMap<string, unknown>): Iterable<string> {
  yield encodeJson(HEADER)
  for (const record of records) yield encodeJson(record)
}

/** The part of a key before the first slash. */
function tableOf(key: string): string {
  const end = key.indexOf('/')
  return end === -1 ? key : key.slice(0, end)
}

function apply(records: Map<string, unknown>, change: Change): void {
  const [key, value] = change
  records.delete(key)
  if (change.length === 2) records.set(key, value)
}

/** A line holds one change, or a list of changes that were written together. */
function parse(line: string, where: string): readonly Change[] {
  try {
    const value = decodeJson(line) as Change | readonly Change[]
    return isList(value) ? value : [value]
  } catch (cause) {
    throw new JournalError(`${where} is not a line of the journal`, { cause })
  }
}

function isList(value: Change | readonly Change[]): value is readonly Change[] {
  return Array.isArray(value[0])
}
