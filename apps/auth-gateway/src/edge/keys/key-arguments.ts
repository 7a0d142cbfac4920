import { parseArgs } from 'node:util'
import { NewApiKey, SCOPES } from '@telegather/contracts'
import { z } from 'zod'

const USAGE = `usage: npm run keys:create-api -- [--name text] [--scopes a,b] [--tenant id] [--expires time]

  --scopes   ${SCOPES.join(', ')}; * when absent
  --tenant   the tenant that the key belongs to; the operator when absent
  --expires  such as 2027-01-01T00:00:00Z; never when absent`

/** Invalid arguments of the command. The message gives the reason and the usage. */
export class BadArguments extends Error {
  override readonly name = 'BadArguments'
  constructor(detail: string, options: ErrorOptions) {
    super(`${detail}\n\n${USAGE}`, options)
  }
}

/** Parses the arguments of `npm run keys:create-api`. Throws `BadArguments`. */
export function readKeyArguments(args: string[]): NewApiKey {
  const { name, scopes, tenant, expires } = readOptions(args)
  const parsed = NewApiKey.safeParse({
    name,
    scopes: scopes.split(',').map((scope) => scope.trim()),
    tenant_id: tenant,
    expires_at: expires,
  })
  if (parsed.success) return parsed.data
  throw new BadArguments(z.prettifyError(parsed.error), { cause: parsed.error })
}

function readOptions(args: string[]) {
  const options = {
    name: { type: 'string', default: 'made on the command line' },
    scopes: { type: 'string', default: '*' },
    tenant: { type: 'string' },
    expires: { type: 'string' },
  } as const
  try {
    return parseArgs({ args, options }).values
  } catch (cause) {
    throw new BadArguments(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
