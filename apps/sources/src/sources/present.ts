import type { Source } from '@telegather/contracts'
import { instantsAhead } from '../schedules/instants-ahead.ts'
import type { SourceRow } from './queries.ts'

export function presentSource(row: SourceRow): Source {
  return {
    id: row.id,
    name: row.name,
    identifier: row.identifier,
    channel_title: row.channelTitle,
    access_level: row.accessLevel,
    target: row.target,
    session_ref: row.sessionId,
    created_at: row.createdAt.toISOString(),
    session_id: row.sessionId,
    file_types: row.fileTypes,
    target_path: row.targetPath,
    schedule: row.schedule,
    timezone: row.timezone,
    is_active: row.activity,
    updated_at: row.updatedAt.toISOString(),
    next_run_at: row.nextRunAt?.toISOString() ?? null,
    next_runs: nextRuns(row),
    last_scraped_at: row.lastScrapedAt?.toISOString() ?? null,
    total_messages_scraped: row.totalMessages,
    total_files_downloaded: row.totalFiles,
    with_media: row.withMedia,
    max_file_size: row.maxFileSize,
    since: row.since?.toISOString() ?? null,
    rescan_days: row.rescanDays,
    deletions_to_accept: row.deletionsToAccept,
    has_bot_token: row.encryptedBotToken !== null,
  }
}

function nextRuns({ schedule: pattern, timezone, nextRunAt }: SourceRow): string[] {
  if (pattern === null || nextRunAt === null) return []
  return instantsAhead({ pattern, timezone }, nextRunAt)
}
