export { API_CONTRACTS } from './api.ts'
export { AuditEvent, auditApi, type AuditAction, type AuditDetails } from './audit.ts'
export { Actor, AUTH_MODES, authApi, type AuthMode, type Me } from './auth.ts'
export { contract, type Contract } from './contract.ts'
export { exportsApi } from './exports.ts'
export { filesApi, type ArchivedFile, type MessageFile } from './files.ts'
export { ApiKey, keysApi, NewApiKey } from './keys.ts'
export * from './lists.ts'
export {
  Message,
  type ArchiveStats,
  type Forward,
  type MessageInFull,
  type MessageVersion,
  type Reaction,
  type TextEntity,
} from './message.ts'
export type { MessageContent, MessagePerson } from './message-content.ts'
export { messagesApi } from './messages.ts'
export { Owner, OWNER_KINDS, ownerKey, tenantIdOf, type OwnerKind } from './owner.ts'
export {
  describeCodes,
  GENERAL_CODES,
  Problem,
  PROBLEM_CODES,
  problems,
  statusOf,
  type ProblemCode,
} from './problem.ts'
export { isRetryLater, type RetryLater } from './retry-later.ts'
export { SCOPES, type Access, type Scope } from './scopes.ts'
export { Session } from './session.ts'
export { Channel, SessionTest, sessionsApi, type SessionTestFailure } from './sessions.ts'
export { MAX_WAITING_FILES, Run, RunLogLine, RunProgress, type WaitingFile } from './run.ts'
export { runsApi } from './runs.ts'
export { NewSource, Source, SourceChanges } from './source.ts'
export { sourcesApi } from './sources.ts'
export { type FileVerification } from './verification.ts'
export { int64, page } from './values.ts'
