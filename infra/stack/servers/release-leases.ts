import postgres from 'postgres'

/**
 * Releases the leases of all sessions, for a Postgres of our own whose services were killed: its data directory is
 * locked, so that every process that was connected to it is dead, and so are their connections to Telegram. Elsewhere
 * the next holder waits until the lease and the grace after it are over.
 */
export async function releaseAllLeases(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1 })
  try {
    await sql`update session_leases set expires_at = '-infinity' where isfinite(expires_at)`
  } finally {
    await sql.end()
  }
}
