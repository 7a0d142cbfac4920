import type { Actor } from '@telegather/contracts'
import type { Db } from '@telegather/db'
import { DomainError } from '@telegather/service'
import { findFile, type FileRow } from './queries.ts'

export async function getFile(db: Db, actor: Actor, fileId: number): Promise<FileRow> {
  const file = await findFile(db, actor.owner, fileId)
  if (!file) throw new DomainError('file_not_found', 'File not found')
  return file
}
