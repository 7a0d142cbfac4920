/** Value lists that HTTP and Postgres share; enums on both sides derive from them. */
export const ACCESS_LEVELS = ['public', 'private'] as const
export type AccessLevel = (typeof ACCESS_LEVELS)[number]

export const TARGETS = ['LOCAL', 'NAS', 'S3'] as const
export type Target = (typeof TARGETS)[number]

export const ACTIVITY = ['active', 'paused'] as const
export type Activity = (typeof ACTIVITY)[number]

/** Kinds of files that a source can be limited to; extensions are the other way to say it. */
export const FILE_KINDS = ['photo', 'video', 'audio', 'voice', 'document'] as const
export type FileKind = (typeof FILE_KINDS)[number]

/** `paused`: by whom it belongs to; the others but `active`: by Telegram. */
export const SESSION_STATES = ['active', 'needs_login', 'revoked', 'banned', 'paused'] as const
export type SessionState = (typeof SESSION_STATES)[number]

/** Where a login comes from: made here, brought along from another client, or made by a bot's token. */
export const SESSION_ORIGINS = ['login', 'import', 'bot'] as const
export type SessionOrigin = (typeof SESSION_ORIGINS)[number]

/** Basic groups have ids of their own; a number may be both a group's and a channel's. */
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

/** States in which a run may still do something; a source has at most one such run. */
export const UNFINISHED_RUN_STATES = [
  'PENDING',
  'RUNNING',
  'WAITING',
  'RETRYING',
  'CANCELLING',
] as const satisfies readonly RunState[]

/** States of which a worker is the cause. */
export const EXECUTED_RUN_STATES = ['RUNNING', 'CANCELLING'] as const satisfies readonly RunState[]

export const LOG_LEVELS = ['info', 'warning', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export const RUN_TRIGGERS = ['created', 'scheduled', 'manual'] as const
export type RunTrigger = (typeof RUN_TRIGGERS)[number]

/** What a message is, by its main content. */
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

/** The kinds of messages that carry a file. */
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

/** `skipped`: left out by its source's filter, until that changes; `gone`: deleted at Telegram before it was stored. */
export const FILE_STATES = ['pending', 'stored', 'failed', 'gone', 'skipped'] as const
export type FileState = (typeof FILE_STATES)[number]

/** What a file that cannot be stored yet waits for: the end of a flood wait, or its target. */
export const FILE_WAITS = ['telegram', 'target'] as const
export type FileWait = (typeof FILE_WAITS)[number]

export const VERIFICATION_STATES = ['PENDING', 'RUNNING', 'WAITING', 'COMPLETED', 'FAILED'] as const
export type VerificationState = (typeof VERIFICATION_STATES)[number]

/** A source has at most one such verification. */
export const UNFINISHED_VERIFICATION_STATES = [
  'PENDING',
  'RUNNING',
  'WAITING',
] as const satisfies readonly VerificationState[]

/** What a verification finds: no file, one of another size or hash, or one that cannot be read. */
export const FILE_PROBLEMS = ['missing', 'different', 'unreadable'] as const
export type FileProblem = (typeof FILE_PROBLEMS)[number]
