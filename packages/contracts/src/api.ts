import { auditApi } from './audit.ts'
import { authApi } from './auth.ts'
import type { Contract } from './contract.ts'
import { keysApi } from './keys.ts'
import { sessionsApi } from './sessions.ts'
import { runsApi } from './runs.ts'
import { sourcesApi } from './sources.ts'

/** Every operation of the public API. */
export const API_CONTRACTS: readonly Contract[] = [
  authApi,
  keysApi,
  auditApi,
  sessionsApi,
  sourcesApi,
  runsApi,
].flatMap((api): Contract[] => Object.values(api))
