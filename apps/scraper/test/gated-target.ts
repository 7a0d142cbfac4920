import type { Db } from '@telegather/db'
import type { Target } from '@telegather/storage'
import { vi } from 'vitest'

/** Wraps a target: each `share` waits until the test resolves its gate. Gates are in the order of calls. */
export function gateShares(target: Target): {
  readonly target: Target
  readonly gates: readonly PromiseWithResolvers<void>[]
} {
  const gates: PromiseWithResolvers<void>[] = []
  const share: Target['share'] = async (...file) => {
    const gate = Promise.withResolvers<void>()
    gates.push(gate)
    await gate.promise
    return target.share(...file)
  }
  return { target: Object.create(target, { share: { value: share } }), gates }
}

/** The time since which a connection's transaction is idle. Waits for the end of its statement. */
export async function idleSince(sql: Db['$client'], pid: number): Promise<string> {
  return vi.waitFor(async () => {
    const [row] = await sql<{ since: string }[]>`
      select state_change::text as since from pg_stat_activity
      where pid = ${pid} and state = 'idle in transaction'`
    if (!row) throw new Error('a statement is running')
    return row.since
  })
}
