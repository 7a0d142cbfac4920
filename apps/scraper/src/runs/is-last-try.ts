import type { RunRow } from './queries.ts'

/** Tries without getting further, after which a run fails. */
const MAX_ATTEMPTS = 5

export function isLastTry({ attempt }: Pick<RunRow, 'attempt'>): boolean {
  return attempt >= MAX_ATTEMPTS
}
