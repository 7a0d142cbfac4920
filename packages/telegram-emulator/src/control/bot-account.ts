import { z } from 'zod'
import type { Account } from '../world/accounts.ts'
import { isUsernameTaken } from '../world/usernames.ts'
import type { World } from '../world/world.ts'
import { Problem } from './problem.ts'

/** The body of `POST /accounts` for a bot. */
export const newBot = z.strictObject({
  bot: z.literal(true),
  first_name: z.string().min(1).max(64).default('Bot'),
  username: z
    .string()
    .regex(
      /^[a-z][a-z0-9_]{1,28}bot$/i,
      'The username of a bot has 5 to 32 characters, ending in bot',
    )
    .optional(),
  dc: z.union([z.literal(2), z.literal(4)]).default(2),
})

export type NewBot = z.input<typeof newBot>

/** Creates a bot. Throws a 409 problem if the username is taken. */
export function addBot(world: World, input: z.output<typeof newBot>): Account {
  const { first_name: firstName, dc: dcId, username = freeUsername(world) } = input
  if (isUsernameTaken(world, username)) {
    throw new Problem(409, 'conflict', `The username ${username} is taken.`)
  }
  return world.accounts.addBot({ dcId, firstName, username })
}

function freeUsername(world: World): string {
  let number = 1
  while (isUsernameTaken(world, `emulator_${number}_bot`)) number += 1
  return `emulator_${number}_bot`
}
