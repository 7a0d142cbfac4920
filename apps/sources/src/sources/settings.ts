import type { SourceChanges, Target } from '@telegather/contracts'
import { DomainError } from '@telegather/service'
import { BadPath } from '@telegather/storage'
import { BadSchedule, checkSchedule, nextInstants } from '../schedules/schedule.ts'
import type { SourceDeps } from './deps.ts'
import type { SourceRow } from './queries.ts'

/** The columns that the input sets, as Postgres holds them, and no others. */
export function settingsOf({ keys }: SourceDeps, input: SourceChanges): Partial<SourceRow> {
  return withoutUndefined({
    name: input.name,
    identifier: input.identifier,
    accessLevel: input.access_level,
    target: input.target,
    targetPath: input.target_path,
    sessionId: input.session_ref,
    activity: input.is_active ?? undefined,
    fileTypes: orDefault(input.file_types, []),
    withMedia: orDefault(input.with_media, true),
    maxFileSize: input.max_file_size,
    since: typeof input.since === 'string' ? new Date(input.since) : input.since,
    rescanDays: orDefault(input.rescan_days, 2),
    schedule: input.schedule,
    timezone: orDefault(input.timezone, 'UTC'),
    encryptedBotToken: input.bot_token && keys.encrypt(input.bot_token),
    botApiId: input.api_id,
    encryptedBotApiHash: input.api_hash && keys.encrypt(input.api_hash),
  })
}

function withoutUndefined<T extends object>(values: T) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: Exclude<T[Key], undefined>
  }
}

/** Null is as good as the default; undefined stays. */
function orDefault<T>(value: T | null | undefined, otherwise: T): T | undefined {
  return value === null ? otherwise : value
}

/** Throws what the caller is told about a target that is not there, or a path that leaves it. */
export function checkTarget(
  { targets }: SourceDeps,
  { target: name, targetPath }: { target: Target; targetPath: string | null },
): void {
  const target = targets[name]
  if (!target) throw new DomainError('bad_request', `Target ${name} is not configured`)
  if (targetPath === null) return
  try {
    target.folder(targetPath)
  } catch (error) {
    if (!(error instanceof BadPath)) throw error
    throw new DomainError('bad_request', error.message, {
      fields: [{ field: 'target_path', message: error.message }],
    })
  }
}

interface Scheduling {
  readonly activity: 'active' | 'paused'
  readonly schedule: string | null
  readonly timezone: string
}

/** When a source is due next, from now on; null while it is paused or without a schedule. Throws what the caller is told. */
export function nextRunOf({ activity, schedule: pattern, timezone }: Scheduling): Date | null {
  if (pattern === null) return null
  try {
    checkSchedule({ pattern, timezone })
  } catch (error) {
    if (!(error instanceof BadSchedule)) throw error
    throw new DomainError('bad_request', error.message, {
      fields: [{ field: 'schedule', message: error.message }],
    })
  }
  if (activity === 'paused') return null
  return nextInstants({ pattern, timezone }, new Date(), 1)[0] ?? null
}
