import { appendFileSync, closeSync, fsyncSync, openSync, readSync, renameSync } from 'node:fs'

const CHUNK_BYTES = 1024 * 1024
const LINES_AT_ONCE = 1000
const NEWLINE = 10

/**
 * The lines of a file that may be too long for one string. Text after the last newline is a torn write and is omitted.
 */
export function* readLines(path: string): Iterable<string> {
  const file = openSync(path, 'r')
  try {
    let begun: Buffer[] = []
    for (let chunk = readChunk(file); chunk.length > 0; chunk = readChunk(file)) {
      let start = 0
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
        yield Buffer.concat([...begun, chunk.subarray(start, end)]).toString()
        begun = []
        start = end + 1
      }
      begun.push(chunk.subarray(start))
    }
  } finally {
    closeSync(file)
  }
}

/** Replaces the content of a file atomically: a crash leaves the old or the new file, complete. */
export function replaceLines(path: string, lines: Iterable<string>): void {
  const fresh = `${path}.new`
  const file = openSync(fresh, 'w', 0o600)
  try {
    let batch: string[] = []
    for (const line of lines) {
      batch.push(`${line}\n`)
      if (batch.length < LINES_AT_ONCE) continue
      appendFileSync(file, batch.join(''))
      batch = []
    }
    appendFileSync(file, batch.join(''))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(fresh, path)
}

/** Empty at end of file. */
function readChunk(file: number): Buffer {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  return chunk.subarray(0, readSync(file, chunk))
}
