import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExportedFiles } from '../desktop/exported-files.ts'
import { readDesktopExport } from '../desktop/read-desktop-export.ts'
import type { Channel } from './channel.ts'
import type { Channels } from './channels.ts'
import { forgottenFiles, importedFiles, rememberedFiles } from './imported-files.ts'
import type { Journal } from './journal.ts'

const PREFIX = 'import/'

/** Channels imported from Telegram Desktop exports while the world was running. */
export class Imports {
  readonly #channels: Channels
  readonly #journal: Journal
  /** The folder of the exports; null if nothing is stored. */
  readonly #folder: string | null

  constructor(channels: Channels, journal: Journal, dataDir: string | null) {
    this.#channels = channels
    this.#journal = journal
    this.#folder = dataDir === null ? null : join(dataDir, 'imports')
  }

  /** Adds the imports of earlier runs. */
  restore(): void {
    if (this.#folder === null) return
    for (const { key } of this.#journal.restored(PREFIX)) {
      const id = key.slice(PREFIX.length)
      const text = readFileSync(join(this.#folder, `${id}.json`), 'utf8')
      const files = importedFiles(this.#journal, BigInt(id))
      this.#channels.add(readDesktopExport(text, BigInt(id), files))
    }
  }

  /**
   * Imports an export as the channel `id` and replaces its content; `files` have to be stored already. Throws
   * DesktopExportError, or ChannelConflictError if the file ids of `id` collide with another channel's.
   */
  add(id: bigint, text: string, files: ExportedFiles): Channel {
    const channel = this.#channels.replace(readDesktopExport(text, id, files))
    if (this.#folder !== null) {
      mkdirSync(this.#folder, { recursive: true })
      const path = join(this.#folder, `${id}.json`)
      writeFileSync(`${path}.new`, text)
      renameSync(`${path}.new`, path)
    }
    this.#journal.write([[`${PREFIX}${id}`, true], rememberedFiles(id, files)])
    return channel
  }

  /** Forgets the import of a channel whose content now has another source. */
  forget(id: bigint): void {
    this.#journal.write([[`${PREFIX}${id}`], forgottenFiles(id)])
  }
}
