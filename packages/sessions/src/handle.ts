import type { HeldSession } from './held-session.ts'
import type { Term } from './queries.ts'

/** What one user of a session has: it keeps the session connected while its lease is held here. */
export interface Handle {
  /** Of the holder that answered last; null before the first call. */
  readonly term: () => Term | null
  /** The next call is made here: keeps the session open. */
  readonly useHere: (session: HeldSession) => void
  /** Another process has answered: nothing has to be kept open here. */
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
