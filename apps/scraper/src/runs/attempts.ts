import type { RunRow } from './queries/run-state.ts'

/** Tries without getting further, after which a run fails, or has crashed where its process died in the last one. */
export const MAX_ATTEMPTS = 5

export function isLastTry({ attempt }: Pick<RunRow, 'attempt'>): boolean {
  return attempt >= MAX_ATTEMPTS
}
