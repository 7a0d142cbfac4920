/**
 * Stops the processes of its parent when the parent has ended, and then ends itself:
 * `node reaper.ts <stack file> [directory to remove]`, with a pipe from the parent as its stdin.
 * The pipe closes when the parent ends, even by `kill -9`.
 */
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { identify } from './process-identity.ts'

const [stackFile, scratchDirectory] = process.argv.slice(2)
if (stackFile === undefined) throw new Error('usage: reaper.ts <stack file> [directory to remove]')
const parent = identify(process.ppid)

process.stdin.resume()
await once(process.stdin, 'close')
// Imported late, to keep the waiting process small.
const { readStackFile, stopLeftovers } = await import('./stack-file.ts')
const state = readStackFile(stackFile)
// A stack that started meanwhile has its own file under the same name, and its own reaper.
if (state !== undefined && state.owner.startedAt === parent?.startedAt) await stopLeftovers(state)
if (scratchDirectory !== undefined) rmSync(scratchDirectory, { recursive: true, force: true })
