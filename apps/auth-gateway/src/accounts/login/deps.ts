import type { AccountDeps } from '../deps.ts'
import type { LoginLimits } from './limits.ts'

/** What the steps of a login work with. */
export interface LoginDeps extends AccountDeps {
  readonly limits: LoginLimits
}
