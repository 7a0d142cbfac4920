import type { PublicSession } from '@telegather/sessions'
import type { Fleet, OpenRun, Pick } from './queries/claims.ts'

export interface Claimant {
  /** The number of runs that the process can start now. */
  readonly room: number
  /** Milliseconds for which a due run is left to a process with fewer runs, or waits for a session that knows its channel. */
  readonly patienceMs: number
  /** The number of runs that the process executes. Without it, the process may take more than its share. */
  readonly executing?: number
}

export interface Choice {
  readonly picks: readonly Pick[]
  /** The oldest due run that is left to scrapers with fewer runs for `patienceMs`; null for none. */
  readonly leftRunId: string | null
  /** Milliseconds until a run that was not picked may become claimable; null when only an event makes one claimable. */
  readonly nextMs: number | null
}

interface Candidates {
  readonly open: readonly OpenRun[]
  readonly fleet: Fleet
  /** By the lane of an owner's public sources. Sessions are ordered by the time at which they can read. */
  readonly publicSessions: ReadonlyMap<string, readonly PublicSession[]>
}

/**
 * Decides which runs a process claims: due runs, oldest first, at most one for each idle session. A process takes at most
 * its share: all executed and due runs, divided by the number of living processes. Runs that have been due for
 * `patienceMs`, and runs whose worker died, are taken beyond the share.
 */
export function chooseRuns(candidates: Candidates, claimant: Claimant): Choice {
  const { open, fleet } = candidates
  const { room, patienceMs, executing } = claimant
  const { pairs, nextMs } = pairWithSessions(candidates, patienceMs)
  const share =
    executing === undefined
      ? Infinity
      : Math.ceil((fleet.executing + pairs.length) / Math.max(1, fleet.scrapers))
  const picks: Pick[] = []
  const waits = open.filter(({ dueForMs }) => dueForMs < 0).map(({ dueForMs }) => -dueForMs)
  if (nextMs !== null) waits.push(nextMs)
  let leftRunId: string | null = null
  for (const pair of pairs) {
    if (picks.length === room) break
    const { run } = pair
    const mayBeLeft = run.state !== 'RUNNING' && run.dueForMs < patienceMs
    if (mayBeLeft && (executing ?? 0) + picks.length >= share) {
      leftRunId ??= run.id
      waits.push(patienceMs - run.dueForMs)
      continue
    }
    picks.push(pair)
  }
  return { picks, leftRunId, nextMs: waits.length === 0 ? null : Math.min(...waits) }
}

/** Pairs due runs, oldest first, with sessions that can read their channels now. Runs that must wait are left out. */
function pairWithSessions(
  { open, fleet, publicSessions }: Candidates,
  patienceMs: number,
): { pairs: readonly Pick[]; nextMs: number | null } {
  const taken = new Set<number>(fleet.busySessionIds)
  const pairs: Pick[] = []
  const waits: number[] = []
  const due = open.filter(({ dueForMs }) => dueForMs >= 0)
  for (const run of due.toSorted((one, other) => other.ageMs - one.ageMs)) {
    // The run of a dead worker keeps its session busy for other runs, not for itself.
    const isFree = (sessionId: number) => !taken.has(sessionId) || sessionId === run.heldSessionId
    const choice = sessionFor(run, publicSessions.get(run.lane) ?? [], { isFree, patienceMs })
    if ('waitMs' in choice) {
      if (choice.waitMs !== null) waits.push(choice.waitMs)
      continue
    }
    const { sessionId } = choice
    if (sessionId !== null) taken.add(sessionId)
    pairs.push({ run, sessionId })
  }
  return { pairs, nextMs: waits.length === 0 ? null : Math.min(...waits) }
}

type SessionChoice = { readonly sessionId: number | null } | { readonly waitMs: number | null }

/**
 * Chooses the session for a run: the source's own one, if it has one. A public source without one prefers, among its
 * owner's public sessions without a flood wait, the session that has resolved the channel. When that session is busy for
 * `patienceMs`, any idle one is chosen.
 */
function sessionFor(
  run: OpenRun,
  sessions: readonly PublicSession[],
  options: { isFree: (sessionId: number) => boolean; patienceMs: number },
): SessionChoice {
  const { isFree, patienceMs } = options
  if (run.sessionId !== null)
    return isFree(run.sessionId) ? { sessionId: run.sessionId } : { waitMs: null }
  if (!run.isForAnySession || sessions.length === 0) return { sessionId: null }
  const ready = sessions.filter(({ waitMs }) => waitMs <= 0)
  // When all sessions have a flood wait, the run gets the first that ends, and waits for its end.
  const usable = ready.length > 0 ? ready : sessions.slice(0, 1)
  const knowing = usable.find(({ id }) => id === run.channelSessionId)
  if (knowing && isFree(knowing.id)) return { sessionId: knowing.id }
  const patience = patienceMs - run.dueForMs
  if (knowing && patience > 0) return { waitMs: patience }
  const free = usable.find(({ id }) => isFree(id))
  return free ? { sessionId: free.id } : { waitMs: null }
}
