import { z } from 'zod'
import { acceptLoginToken } from '../world/accept-login-token.ts'
import type { World } from '../world/world.ts'
import { accountOf } from './find-account.ts'
import type { ControlRequest, Route } from './http-server.ts'
import { parseBody } from './parse.ts'
import { Problem } from './problem.ts'

const acceptance = z.strictObject({
  /** The content of the QR code: base64url, with or without the prefix `tg://login?token=`. */
  token: z.string().min(1).max(1000),
  account: z.string().min(1),
})

export type LoginAcceptance = z.input<typeof acceptance>

/** `POST /logins/accept`: accepts a login token, like a phone that scans the QR code. */
export function loginRoutes(world: World): Route[] {
  return [
    {
      method: 'POST',
      path: '/logins/accept',
      handle: async (request) => ({ json: await acceptScanned(world, request) }),
    },
  ]
}

async function acceptScanned(
  world: World,
  request: ControlRequest,
): Promise<{ account_id: string; key_id: string }> {
  const input = await parseBody(request, acceptance)
  const account = accountOf(world, input.account)
  const token = input.token.replace(/^tg:\/\/login\?token=/, '')
  const outcome = acceptLoginToken(world, account, Buffer.from(token, 'base64url'))
  if (outcome.status !== 'accepted') {
    const reason = outcome.status.replace('_', ' ')
    throw new Problem(409, `token_${outcome.status}`, `The login token is ${reason}.`)
  }
  return { account_id: String(account.id), key_id: outcome.key.id }
}
