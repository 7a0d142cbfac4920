import type { Account } from './accounts.ts'
import type { World } from './world.ts'

/** Whether an account, a channel or a person has that username, apart from `except`. */
export function isUsernameTaken(
  { accounts, channels }: World,
  username: string,
  except?: Account,
): boolean {
  const holder = accounts.withUsername(username)
  return (
    (holder !== undefined && holder.id !== except?.id) ||
    channels.withUsername(username) !== undefined ||
    channels.personWithUsername(username) !== undefined
  )
}
