import type { AuthMode } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { anyUsableKey } from './queries.ts'

/** In the gateway's image too, where there is no npm script: `docker compose run --rm auth-gateway node …`. */
const COMMAND = 'node apps/auth-gateway/src/edge/keys/create-key-command.ts'

/** Keys are asked for and nobody has one: the message says how to make the first. */
export class NoUsableKey extends Error {
  override readonly name = 'NoUsableKey'
  constructor() {
    super(
      `API keys are asked for, and there is none yet. With the gateway's DATABASE_URL, this makes the first one:\n\n  ${COMMAND}\n\n(or, in a checkout, npm run keys:create-api)`,
    )
  }
}

/** Throws `NoUsableKey` rather than let a gateway start that answers nobody. */
export async function requireKey(db: Db, authMode: AuthMode): Promise<void> {
  if (authMode === 'keys' && !(await anyUsableKey(db))) throw new NoUsableKey()
}
