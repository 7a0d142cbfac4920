import type { Target } from '@telegather/storage'
import type { OpenedSession } from '@telegather/sessions'
import type { ChannelRef } from '@telegather/telegram'
import type { Progress } from '../runs/progress.ts'
import type { FileFilter } from './file-filter.ts'

/** From where a source's files are downloaded, which of them, and where they are stored. */
export interface FileRoute {
  readonly telegram: OpenedSession
  readonly channel: ChannelRef
  readonly target: Target
  /** Folder below the target's root. */
  readonly folder: string
  readonly filter: FileFilter
  readonly progress: Progress
}
