import { z } from 'zod'
import { FILE_PROBLEMS, VERIFICATION_STATES } from './lists.ts'
import { Instant } from './values.ts'

const Finding = z.object({
  file_id: z.int(),
  message_id: z.int(),
  problem: z.enum(FILE_PROBLEMS),
  expected_size: z.int().describe('Bytes'),
  found_size: z.int().nullable().describe('Bytes; null when the file is missing'),
  found_sha256: z.string().nullable().describe('null when the file was not read to its end'),
})

export const FileVerification = z
  .object({
    id: z.uuid(),
    source_id: z.int(),
    state: z.enum(VERIFICATION_STATES),
    by_hash: z.boolean(),
    files_checked: z.int(),
    bytes_checked: z
      .int()
      .describe('Recorded sizes of the checked files; with `by_hash`, these bytes were read'),
    files_missing: z.int().describe('The next run downloads them again'),
    files_different: z
      .int()
      .describe('Files with other content or unreadable files; never overwritten'),
    error: z.string().nullable().describe('Why the verification waits or failed: a sentence'),
    created_at: Instant,
    started_at: Instant.nullable(),
    finished_at: Instant.nullable(),
    findings: z.array(Finding).describe('The first 1000 findings'),
  })
  .meta({
    id: 'FileVerification',
    example: {
      id: '01a1fc02-8620-7eac-9514-32ee9091e7f2',
      source_id: 1,
      state: 'COMPLETED',
      by_hash: false,
      files_checked: 1204,
      bytes_checked: 52_428_800,
      files_missing: 1,
      files_different: 0,
      error: null,
      created_at: '2025-10-30T10:00:00.000Z',
      started_at: '2025-10-30T10:00:00.412Z',
      finished_at: '2025-10-30T10:00:01.870Z',
      findings: [
        {
          file_id: 87,
          message_id: 812,
          problem: 'missing',
          expected_size: 1_482_331,
          found_size: null,
          found_sha256: null,
        },
      ],
    },
  })
export type FileVerification = z.infer<typeof FileVerification>
