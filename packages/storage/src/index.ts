export { createTargets, type Targets, type TargetsConfig } from './create-targets.ts'
export {
  BadPath,
  FileNotFound,
  IncompleteFile,
  RangeNotSatisfiable,
  TargetFull,
  TargetUnavailable,
} from './errors.ts'
export type { ByteRange, FileToWrite, OpenedFile, StoredContent, Target } from './target.ts'
