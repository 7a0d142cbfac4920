import postgres from 'postgres'

/**
 * Releases the leases of all sessions in the embedded Postgres, after its services were killed. The data directory is
 * locked, so all processes that used this Postgres are dead, and so are their connections to Telegram. With any other
 * Postgres the next holder waits until lease and grace have passed.
 */
export async function releaseAllLeases(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1 })
  try {
    await sql`update session_leases set expires_at = '-infinity' where isfinite(expires_at)`
  } finally {
    await sql.end()
  }
}
