export { clockDetails, telegramClock } from './clock.ts'
export { BotRefused, botSessionFor, type SourceBot, type Bots } from './bots/bot-session.ts'
export {
  botsConfig,
  botVariables,
  checkLeaseTimings,
  leaseTimings,
  telegramConfig,
  telegramVariables,
} from './environment.ts'
export { LeaseLost } from './lease.ts'
export {
  createSessions,
  type OpenedSession,
  type OpenSession,
  type Sessions,
} from './open-session.ts'
export {
  findSessionForPublic,
  readsPublicFor,
  selectSessionsForPublic,
  type PublicSession,
} from './queries/public-sessions.ts'
export {
  CallRefused,
  SessionNotActive,
  SessionNotFound,
  SessionUnavailable,
} from './session-errors.ts'
export { telegramProblem } from './telegram-problem.ts'
export type { LeaseTimings } from './timings.ts'
export type { Withdraw, Withdrawn } from './withdraw.ts'
