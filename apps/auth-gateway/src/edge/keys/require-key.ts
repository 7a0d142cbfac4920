import type { AuthMode } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { anyUsableKey } from './queries.ts'

/** Works in the gateway's image too, which has no npm scripts: `docker compose run --rm auth-gateway node …`. */
const COMMAND = 'node apps/auth-gateway/src/edge/keys/create-key-command.ts'

/** API keys are required and none exists. The message gives the command that creates the first one. */
export class NoUsableKey extends Error {
  override readonly name = 'NoUsableKey'
  constructor() {
    super(
      `API keys are required, and none exists yet. With the gateway's DATABASE_URL, this command creates the first one:\n\n  ${COMMAND}\n\n(or, in a checkout, npm run keys:create-api)`,
    )
  }
}

/** Throws `NoUsableKey` when keys are required and none is usable, since every request would be refused. */
export async function requireKey(db: Db, authMode: AuthMode): Promise<void> {
  if (authMode === 'keys' && !(await anyUsableKey(db))) throw new NoUsableKey()
}
