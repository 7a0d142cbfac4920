import type { Db } from '@telegather/db'
import type { OpenedSession, OpenSession } from '@telegather/sessions'

export interface UseSessionDeps {
  readonly db: Db
  readonly openSession: OpenSession
}

/** Calls `work` with a session's Telegram port, and closes the port afterwards. */
export async function useSession<T>(
  { openSession }: UseSessionDeps,
  sessionId: number,
  work: (telegram: OpenedSession) => Promise<T>,
): Promise<T> {
  const telegram = await openSession(sessionId)
  try {
    return await work(telegram)
  } finally {
    await telegram.close()
  }
}
