import type { FileLocation } from '../message.ts'

const MAX_FILES = 1_000

type FileId = Pick<FileLocation, 'type' | 'id' | 'dcId'>

/**
 * The data centres of redirected files: files that are not in the data centre that their message gives. Keeps the 1,000
 * files that were redirected last. Type and id identify a file; other fields of a location differ between answers.
 */
export class FileHomes {
  readonly #dcIds = new Map<string, number>()

  dcIdOf(file: FileId): number {
    return this.#dcIds.get(keyOf(file)) ?? file.dcId
  }

  remember(file: FileId, dcId: number): void {
    const key = keyOf(file)
    this.#dcIds.delete(key)
    this.#dcIds.set(key, dcId)
    const [oldest] = this.#dcIds.keys()
    if (oldest !== undefined && this.#dcIds.size > MAX_FILES) this.#dcIds.delete(oldest)
  }
}

function keyOf({ type, id }: FileId): string {
  return `${type} ${id}`
}
