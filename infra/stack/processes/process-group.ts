import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { StackFile } from './stack-file.ts'
import { supervise, type Death, type ProcessSpec, type Supervised } from './supervise.ts'

const REAPER = fileURLToPath(new URL('reaper.ts', import.meta.url))

/** The stack is stopping and starts no more processes. */
class Stopping extends Error {
  override name = 'Stopping'
}

/** Child processes that end when this process ends, even by `kill -9`. */
export interface ProcessGroup {
  readonly stackFile: StackFile
  /** Throws `Stopping` once `stop` or `kill` was called. */
  run(spec: ProcessSpec): Supervised
  /** Stops all processes in the order of their ranks. */
  stop(): Promise<void>
  /** Kills all processes by SIGKILL. */
  kill(): void
}

/** The reaper removes `scratchDirectory` when this process is killed. */
export function createProcessGroup(
  stackFile: StackFile,
  onDeath: (death: Death) => void,
  scratchDirectory?: string,
): ProcessGroup {
  const members: Supervised[] = []
  let stopping = false
  const reaper = startReaper(stackFile.path, scratchDirectory)
  return {
    stackFile,
    run(spec) {
      if (stopping) throw new Stopping('The stack is being stopped')
      const member = supervise(spec, stackFile, onDeath)
      members.push(member)
      return member
    },
    async stop() {
      stopping = true
      const ranks = [...new Set(members.map(({ spec }) => spec.stopRank))]
      for (const rank of ranks.toSorted((a, b) => a - b)) {
        const peers = members.filter(({ spec }) => spec.stopRank === rank)
        await Promise.all(peers.map((member) => member.stop()))
      }
      reaper.kill('SIGKILL')
    },
    kill() {
      stopping = true
      for (const member of members) member.kill()
    },
  }
}

/** Nothing is written to the pipe: the reaper detects the end of this process when the pipe closes. */
function startReaper(stackFilePath: string, scratchDirectory: string | undefined): ChildProcess {
  const reaper = spawn(
    process.execPath,
    [REAPER, stackFilePath, ...(scratchDirectory === undefined ? [] : [scratchDirectory])],
    { detached: true, stdio: ['pipe', 'ignore', 'ignore'] },
  )
  reaper.unref()
  const pipe = reaper.stdin
  if ('unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
  return reaper
}
