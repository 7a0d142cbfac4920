export { arrayText } from './array-text.ts'
export { FIXED_CONNECTIONS } from './connection-budget.ts'
export {
  createDb,
  type Connection,
  type Db,
  type DbOrTx,
  type PoolOptions,
  type Tx,
} from './connection.ts'
export { isForeignKeyViolation, isUniqueViolation } from './errors.ts'
export {
  claimSources,
  lockContents,
  lockLease,
  lockName,
  lockRun,
  lockSession,
  lockSource,
  type Content,
} from './locks.ts'
export { logRun } from './log-run.ts'
export { ownedBy, ownerOf, storedOwner, type OwnedTable, type StoredOwner } from './ownership.ts'
export { recordAudit, type AuditEntry } from './record-audit.ts'
export { auditEvents } from './schema/audit.ts'
export { apiKeys } from './schema/keys.ts'
export { browserLogins } from './schema/logins.ts'
export { files, messages, messageVersions } from './schema/messages.ts'
export { outbox } from './schema/outbox.ts'
export { rateLimits } from './schema/rate-limits.ts'
export { retiredLogins } from './schema/retired-logins.ts'
export { runLogs, runs, scrapers } from './schema/runs.ts'
export { messageWords, searchQueue } from './schema/search.ts'
export { sessionChannels } from './schema/session-channels.ts'
export { sessionLeases } from './schema/session-leases.ts'
export { sessions, tempSessions, type DeviceDescription } from './schema/sessions.ts'
export { sources } from './schema/sources.ts'
export { fileFindings, fileVerifications } from './schema/verifications.ts'
export { stagedOf, stageRows } from './stage-rows.ts'
export { tenants } from './schema/tenants.ts'
export { quotedLexeme, tsvectorText } from './tsvector.ts'
export { hiddenId, inIndexOrder, planForAnySource, withoutPlans } from './with-planner.ts'
