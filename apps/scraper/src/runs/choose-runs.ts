import type { PublicSession } from '@telegather/sessions'
import type { Fleet, OpenRun, Pick } from './queries/claims.ts'

export interface Claimant {
  /** How many runs it can begin now. */
  readonly room: number
  /** Milliseconds for which a run is left to a process or a session that suits it better. */
  readonly patienceMs: number
  /** How many runs this process executes; without it, the process takes more than its share. */
  readonly executing?: number
}

export interface Choice {
  readonly picks: readonly Pick[]
  /** A due run that a scraper with less to do may have first; null for none. */
  readonly leftRunId: string | null
  /** Milliseconds after which a run that was not picked may be; null when only an event changes that. */
  readonly nextMs: number | null
}

interface Candidates {
  readonly open: readonly OpenRun[]
  readonly fleet: Fleet
  /** By the lane of the owner's public sources. Sessions are ordered by when they can read. */
  readonly publicSessions: ReadonlyMap<string, readonly PublicSession[]>
}

/**
 * Decides which runs a process claims: due ones, the oldest first, one for each session that serves no run. A process
 * takes no more than its share of what all living processes have to do, but for runs that were left for `patienceMs`
 * already and those whose worker died.
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
      leftRunId = run.id
      waits.push(patienceMs - run.dueForMs)
      break
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
    // A dead worker's run keeps its session busy for all others only.
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
 * A source reads through its own session. A public one without takes, of its owner's public sessions that Telegram does
 * not ask to wait, the one that knows the channel; after `patienceMs` of waiting for that one, any that is free.
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
  // All have to wait: the first one that may read says until when.
  const usable = ready.length > 0 ? ready : sessions.slice(0, 1)
  const knowing = usable.find(({ id }) => id === run.channelSessionId)
  if (knowing && isFree(knowing.id)) return { sessionId: knowing.id }
  const patience = patienceMs - run.dueForMs
  if (knowing && patience > 0) return { waitMs: patience }
  const free = usable.find(({ id }) => isFree(id))
  return free ? { sessionId: free.id } : { waitMs: null }
}
