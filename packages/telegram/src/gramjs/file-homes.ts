import type { FileLocation } from '../message.ts'

const MAX_FILES = 1_000

type FileId = Pick<FileLocation, 'type' | 'id' | 'dcId'>

/**
 * The data centres of files that are not where their messages say, for the thousand files that were found last. A
 * location differs from message to message and from request to request; type and id of its file stay the same.
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
