import type { ExportedFile, ExportedFiles } from '../desktop/exported-files.ts'
import type { Change, Journal } from './journal.ts'

const PREFIX = 'import-files/'

/** The files stored with the import of a channel in an earlier run. */
export function importedFiles(journal: Journal, channelId: bigint): ExportedFiles {
  const name = `${PREFIX}${channelId}`
  const restored = journal.restored(name).find(({ key }) => key === name)
  return new Map(restored?.value as [string, ExportedFile][] | undefined)
}

/** The hashes of the files of all imports. */
export function importedHashes(journal: Journal): string[] {
  return journal
    .restored(PREFIX)
    .flatMap(({ value }) => (value as [string, ExportedFile][]).map(([, { sha256 }]) => sha256))
}

export function rememberedFiles(channelId: bigint, files: ExportedFiles): Change {
  return [`${PREFIX}${channelId}`, [...files]]
}

export function forgottenFiles(channelId: bigint): Change {
  return [`${PREFIX}${channelId}`]
}
