/**
 * Outlives its parent by the time it takes to stop the processes that the parent left behind:
 * `node reaper.ts <stack file> [directory to remove]`, with a pipe from the parent as its stdin.
 * The pipe closes when the parent ends, however it ends, `kill -9` included.
 */
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { identify } from './process-identity.ts'

const [stackFile, scratchDirectory] = process.argv.slice(2)
if (stackFile === undefined) throw new Error('usage: reaper.ts <stack file> [directory to remove]')
const parent = identify(process.ppid)

process.stdin.resume()
await once(process.stdin, 'close')
// Only now: until then this process is to cost as little as it can.
const { readStackFile, stopLeftovers } = await import('./stack-file.ts')
const state = readStackFile(stackFile)
// A stack that started meanwhile has its own file under the same name, and its own reaper.
if (state !== undefined && state.owner.startedAt === parent?.startedAt) await stopLeftovers(state)
if (scratchDirectory !== undefined) rmSync(scratchDirectory, { recursive: true, force: true })
