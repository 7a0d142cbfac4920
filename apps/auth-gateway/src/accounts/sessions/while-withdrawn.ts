import { SessionNotFound, type Withdraw } from '@telegather/sessions'
import type { WithdrawnSession } from './save-session.ts'

/**
 * Calls `work` while the session that a login may replace is withdrawn from its lease holder. Calls it with null when
 * `sessionId` is null or the session was deleted meanwhile.
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
