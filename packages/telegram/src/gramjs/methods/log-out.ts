import { Api } from 'telegram/tl/index.js'
import { z } from 'zod'
import { method } from '../method.ts'

/** Logs the account out: Telegram ends the login permanently. */
export const logOut = method({
  tl: ['auth.logOut'],
  kind: 'effect',
  args: z.object({}),
  async call(client, _args, options): Promise<void> {
    await client.invoke(new Api.auth.LogOut(), options)
  },
})
