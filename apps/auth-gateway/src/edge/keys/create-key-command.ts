/** `npm run keys:create-api`: creates an API key in the database of DATABASE_URL and prints it to stdout. */
import { createDb } from '@telegather/db'
import { DomainError } from '@telegather/service'
import { OPERATOR } from './actor.ts'
import { config } from './config.ts'
import { createKey } from './create-key.ts'
import { BadArguments, readKeyArguments } from './key-arguments.ts'

async function main(): Promise<void> {
  const input = readKeyArguments(process.argv.slice(2))
  const { db, close } = createDb(config().DATABASE_URL, { maxConnections: 1 })
  try {
    // Needs no API key: a caller with access to the database could insert the row itself.
    const { row, key } = await createKey(db, OPERATOR, input)
    process.stderr.write(`Key ${row.id} (${row.scopes.join(', ')}). It is shown only once:\n`)
    process.stdout.write(`${key}\n`)
  } finally {
    await close()
  }
}

try {
  await main()
} catch (error) {
  if (!(error instanceof BadArguments) && !(error instanceof DomainError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
