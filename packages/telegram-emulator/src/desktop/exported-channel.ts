import type { ExportedFiles } from './exported-files.ts'
import type { ExportedPeople } from './exported-people.ts'

/** The channel that the messages of an export belong to. */
export interface ExportedChannel {
  readonly id: bigint
  readonly name: string
  readonly kind: 'broadcast' | 'supergroup'
  readonly people: ExportedPeople
  /** What lies beside the export. */
  readonly files: ExportedFiles
}
