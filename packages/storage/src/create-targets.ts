import { DirectoryTarget } from './directory/directory-target.ts'
import type { S3Options } from './s3/bucket.ts'
import { S3Target } from './s3/s3-target.ts'
import type { Target, TargetName } from './target.ts'

export interface TargetsConfig {
  readonly localPath: string
  readonly nasPath: string | null
  readonly s3: S3Options | null
  /** LOCAL and NAS refuse writes that would leave fewer free bytes than this. */
  readonly minFreeBytes: number
}

/** Targets by name; null when not configured. */
export type Targets = Readonly<Record<TargetName, Target | null>>

/** Does no I/O: an unreachable target fails when it is first used. */
export function createTargets(config: TargetsConfig): Targets {
  const { localPath, nasPath, s3, minFreeBytes } = config
  const directory = (name: TargetName, path: string, mounted: boolean) =>
    new DirectoryTarget({ name, path, mounted, minFreeBytes })
  return {
    LOCAL: directory('LOCAL', localPath, false),
    NAS: nasPath === null ? null : directory('NAS', nasPath, true),
    S3: s3 === null ? null : new S3Target(s3),
  }
}
