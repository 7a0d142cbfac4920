/** The URL of the database to migrate, from `DATABASE_URL`. Throws when it is missing. */
export function readDatabaseUrl(): string {
  const url = process.env['DATABASE_URL']
  if (!url) throw new Error('DATABASE_URL is missing: the Postgres database to migrate')
  return url.replace(/^postgresql\+\w+:/, 'postgresql:')
}
