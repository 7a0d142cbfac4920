import type { ExportedFiles } from './exported-files.ts'
import type { ExportedPeople } from './exported-people.ts'

/** The channel of the exported messages. */
export interface ExportedChannel {
  readonly id: bigint
  readonly name: string
  readonly kind: 'broadcast' | 'supergroup'
  readonly people: ExportedPeople
  /** The files beside the export. */
  readonly files: ExportedFiles
}
