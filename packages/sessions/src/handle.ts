import type { HeldSession } from './held-session.ts'
import type { Term } from './queries.ts'

/** One opened session. While this process holds the session's lease, the handle keeps the session connected. */
export interface Handle {
  /** Lease term of the holder that answered last; null before the first call. */
  readonly term: () => Term | null
  /** Records that this process makes the next call, and keeps the session connected. */
  readonly useHere: (session: HeldSession) => void
  /** Records the term of another process's answer, and no longer keeps a session connected here. */
  readonly answeredElsewhere: (term: Term) => void
  readonly close: () => void
}

export function createHandle(): Handle {
  let here: { session: HeldSession; close: () => void } | null = null
  let term: Term | null = null
  const close = () => {
    here?.close()
    here = null
  }
  return {
    term: () => term,
    useHere(session) {
      if (here?.session === session) return
      close()
      here = { session, close: session.keepOpen() }
      term = session.lease
    },
    answeredElsewhere(answered) {
      close()
      term = answered
    },
    close,
  }
}
