import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { readDatabaseUrl } from './config.ts'

const MIGRATIONS = fileURLToPath(new URL('../migrations', import.meta.url))

/** Advisory lock of the migrations: replicas that start together migrate one after another. Must be unique. */
const MIGRATION_LOCK = 720_198_001

/** Migrates the database to the newest schema. Several processes may call it concurrently. */
export async function migrateDatabase(url: string): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await client`select pg_advisory_lock(${MIGRATION_LOCK})`
    await migrate(drizzle({ client }), { migrationsFolder: MIGRATIONS })
  } finally {
    await client.end({ timeout: 5 })
  }
}

if (import.meta.main) await migrateDatabase(readDatabaseUrl())
