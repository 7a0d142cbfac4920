import type { RunRow } from './queries/run-state.ts'

/** A run ends after this many attempts without progress: as CRASHED when its process died in the last one, else as FAILED. */
export const MAX_ATTEMPTS = 5

export function isLastAttempt({ attempt }: Pick<RunRow, 'attempt'>): boolean {
  return attempt >= MAX_ATTEMPTS
}

/** The result of an attempt: the next state of its run. */
export type Outcome =
  | { readonly state: 'COMPLETED' | 'CANCELLED'; readonly finished: true }
  | { readonly state: 'FAILED'; readonly finished: true; readonly error: string }
  | {
      readonly state: 'WAITING' | 'RETRYING'
      readonly finished: false
      readonly error: string
      readonly resumeAfterMs: number
    }
  | { readonly state: 'PENDING'; readonly finished: false }
