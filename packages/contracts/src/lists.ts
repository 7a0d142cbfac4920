/** Values of enums that HTTP and Postgres share. */
export const ACCESS_LEVELS = ['public', 'private'] as const
export type AccessLevel = (typeof ACCESS_LEVELS)[number]

export const TARGETS = ['LOCAL', 'NAS', 'S3'] as const
export type Target = (typeof TARGETS)[number]

export const ACTIVITY = ['active', 'paused'] as const
export type Activity = (typeof ACTIVITY)[number]

/** Kinds of files in a source's `file_types` filter, which also accepts file extensions. */
export const FILE_KINDS = ['photo', 'video', 'audio', 'voice', 'document'] as const
export type FileKind = (typeof FILE_KINDS)[number]

/** `paused` is set by a user; `needs_login`, `revoked` and `banned` follow from Telegram's answers. */
export const SESSION_STATES = ['active', 'needs_login', 'revoked', 'banned', 'paused'] as const
export type SessionState = (typeof SESSION_STATES)[number]

/** Origin of a login: made by Telegather, imported from another client, or made with a bot's token. */
export const SESSION_ORIGINS = ['login', 'import', 'bot'] as const
export type SessionOrigin = (typeof SESSION_ORIGINS)[number]

/** Basic groups and channels have separate id spaces: the same number can be the id of both. */
export const CHAT_KINDS = ['channel', 'group'] as const
export type ChatKind = (typeof CHAT_KINDS)[number]

export const RUN_STATES = [
  'PENDING',
  'RUNNING',
  'WAITING',
  'RETRYING',
  'COMPLETED',
  'FAILED',
  'CRASHED',
  'CANCELLING',
  'CANCELLED',
] as const
export type RunState = (typeof RUN_STATES)[number]

/** States of runs that have not ended. A source has at most one such run. */
export const UNFINISHED_RUN_STATES = [
  'PENDING',
  'RUNNING',
  'WAITING',
  'RETRYING',
  'CANCELLING',
] as const satisfies readonly RunState[]

/** States in which a worker is executing the run. */
export const EXECUTED_RUN_STATES = ['RUNNING', 'CANCELLING'] as const satisfies readonly RunState[]

export const LOG_LEVELS = ['info', 'warning', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export const RUN_TRIGGERS = ['created', 'scheduled', 'manual'] as const
export type RunTrigger = (typeof RUN_TRIGGERS)[number]

/** Kind of a message, by its main content. */
export const MESSAGE_KINDS = [
  'text',
  'photo',
  'video',
  'voice',
  'audio',
  'round',
  'gif',
  'sticker',
  'document',
  'poll',
  'webpage',
  'location',
  'contact',
  'service',
  'other',
] as const
export type MessageKind = (typeof MESSAGE_KINDS)[number]

/** Kinds of messages that have a file. */
export const MEDIA_KINDS = [
  'photo',
  'video',
  'voice',
  'audio',
  'round',
  'gif',
  'sticker',
  'document',
] as const satisfies readonly MessageKind[]
export type MediaKind = (typeof MEDIA_KINDS)[number]

export const EXPORT_FORMATS = ['jsonl', 'csv', 'telegram-desktop'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** `skipped`: excluded by its source's filter, until the filter changes; `gone`: deleted at Telegram before it was stored. */
export const FILE_STATES = ['pending', 'stored', 'failed', 'gone', 'skipped'] as const
export type FileState = (typeof FILE_STATES)[number]

/** What a waiting file waits for: the end of Telegram's flood wait, or its target. */
export const FILE_WAITS = ['telegram', 'target'] as const
export type FileWait = (typeof FILE_WAITS)[number]

export const VERIFICATION_STATES = ['PENDING', 'RUNNING', 'WAITING', 'COMPLETED', 'FAILED'] as const
export type VerificationState = (typeof VERIFICATION_STATES)[number]

/** States of verifications that have not ended. A source has at most one such verification. */
export const UNFINISHED_VERIFICATION_STATES = [
  'PENDING',
  'RUNNING',
  'WAITING',
] as const satisfies readonly VerificationState[]

/** Problems that a verification finds: no file, a file of another size or hash, or an unreadable file. */
export const FILE_PROBLEMS = ['missing', 'different', 'unreadable'] as const
export type FileProblem = (typeof FILE_PROBLEMS)[number]
