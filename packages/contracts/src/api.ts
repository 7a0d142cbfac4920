import { auditApi } from './audit.ts'
import { authApi } from './auth.ts'
import type { Contract } from './contract.ts'
import { exportsApi } from './exports.ts'
import { filesApi } from './files.ts'
import { keysApi } from './keys.ts'
import { messagesApi } from './messages.ts'
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
  messagesApi,
  filesApi,
  exportsApi,
].flatMap((api): Contract[] => Object.values(api))
