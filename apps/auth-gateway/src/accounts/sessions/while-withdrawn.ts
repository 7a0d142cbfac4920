import { SessionNotFound, type Withdraw } from '@telegather/sessions'
import type { WithdrawnSession } from './save-session.ts'

/**
 * Does `work` while the session that a login may replace is withdrawn; without a session when there is none, or when it
 * has just been deleted.
 */
export async function whileWithdrawn<T>(
  { withdraw }: { readonly withdraw: Withdraw },
  sessionId: number | null,
  work: (session: WithdrawnSession | null) => Promise<T>,
): Promise<T> {
  if (sessionId === null) return work(null)
  let isWithdrawn = false
  try {
    return await withdraw(sessionId, (session) => {
      isWithdrawn = true
      return work({ sessionId, ...session })
    })
  } catch (error) {
    if (isWithdrawn || !(error instanceof SessionNotFound)) throw error
    return work(null)
  }
}
