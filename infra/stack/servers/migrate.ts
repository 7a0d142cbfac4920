import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Runs the migrations in a process of their own; throws with their output when they fail. */
export async function migrateDatabase(root: string, databaseUrl: string): Promise<void> {
  await promisify(execFile)(process.execPath, [join(root, 'packages/db/src/migrate.ts')], {
    env: { DATABASE_URL: databaseUrl },
  })
}
