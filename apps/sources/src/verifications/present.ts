import type { FileVerification } from '@telegather/contracts'
import type { Verification } from './verify-files.ts'

export function presentVerification({ row, findings }: Verification): FileVerification {
  return {
    id: row.id,
    source_id: row.sourceId,
    state: row.state,
    by_hash: row.byHash,
    files_checked: row.filesChecked,
    bytes_checked: row.bytesChecked,
    files_missing: row.filesMissing,
    files_different: row.filesDifferent,
    error: row.error,
    created_at: row.createdAt.toISOString(),
    started_at: row.startedAt?.toISOString() ?? null,
    finished_at: row.finishedAt?.toISOString() ?? null,
    findings: findings.map((finding) => ({
      file_id: finding.fileId,
      message_id: finding.messageId,
      problem: finding.problem,
      expected_size: finding.expectedSize,
      found_size: finding.foundSize,
      found_sha256: finding.foundSha256,
    })),
  }
}
