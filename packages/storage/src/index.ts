export { createTargets, type Targets, type TargetsConfig } from './create-targets.ts'
export {
  BadPath,
  FileNotFound,
  IncompleteFile,
  RangeNotSatisfiable,
  TargetFull,
  TargetUnavailable,
} from './errors.ts'
export type {
  ByteRange,
  FileToResume,
  FileToWrite,
  OpenedFile,
  StoredContent,
  Target,
} from './target.ts'
