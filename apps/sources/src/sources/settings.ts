import type { Activity, SourceChanges, Target } from '@telegather/contracts'
import { DomainError } from '@telegather/service'
import { BadPath } from '@telegather/storage'
import { BadSchedule, checkSchedule, nextInstants } from '../schedules/schedule.ts'
import type { SourceDeps } from './deps.ts'
import type { SourceRow } from './queries.ts'

/**
 * The columns that `input` sets, as stored (tokens encrypted); columns that it does not name are absent. Does not include
 * the channel and the session.
 */
export function settingsOf({ keys }: SourceDeps, input: SourceChanges): Partial<SourceRow> {
  return withoutUndefined({
    name: input.name,
    target: input.target,
    targetPath: input.target_path,
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

/** Replaces null by the default; keeps undefined. */
function orDefault<T>(value: T | null | undefined, otherwise: T): T | undefined {
  return value === null ? otherwise : value
}

interface Scheduling {
  readonly activity: Activity
  readonly schedule: string | null
  readonly timezone: string
}

/** Throws `target_not_configured`, and `invalid_input` for an invalid schedule or a path outside the target. */
export function checkSettings(
  { targets }: SourceDeps,
  settings: Scheduling & { readonly target: Target; readonly targetPath: string | null },
): void {
  const { target: name, targetPath, schedule: pattern, timezone } = settings
  const target = targets[name]
  if (!target) throw new DomainError('target_not_configured', `Target ${name} is not configured`)
  refusing(() => checkSchedule({ pattern, timezone }))
  if (targetPath !== null) refusing(() => target.folder(targetPath))
}

/** Runs `look` and turns BadPath and BadSchedule into `invalid_input` with the field's name. */
function refusing<Result>(look: () => Result): Result {
  try {
    return look()
  } catch (error) {
    if (!(error instanceof BadPath || error instanceof BadSchedule)) throw error
    const field = error instanceof BadPath ? 'target_path' : error.field
    const fields = [{ field, message: error.message }]
    throw new DomainError('invalid_input', error.message, { fields, cause: error })
  }
}

/** The next scheduled run after now; null when paused or without a schedule. Throws `invalid_input` for a bad schedule. */
export function nextRunOf({ activity, schedule: pattern, timezone }: Scheduling): Date | null {
  if (pattern === null || activity === 'paused') return null
  const [next] = refusing(() => nextInstants({ pattern, timezone }, new Date(), 1))
  return next ?? null
}
