import type { AccountDeps } from '../deps.ts'
import type { LoginLimits } from './limits.ts'

/** The dependencies of the steps of a login. */
export interface LoginDeps extends AccountDeps {
  readonly limits: LoginLimits
}
