import { DirectoryTarget } from './directory/directory-target.ts'
import type { S3Options } from './s3/bucket.ts'
import { S3Target } from './s3/s3-target.ts'
import type { Target, TargetName } from './target.ts'

export interface TargetsConfig {
  readonly localPath: string
  readonly nasPath: string | null
  readonly s3: S3Options | null
  /** What stays free on LOCAL and on NAS. */
  readonly minFreeBytes: number
}

/** By name; null those that are not configured. */
export type Targets = Readonly<Record<TargetName, Target | null>>

/** Looks at nothing yet: a target that cannot be reached says so when it is used. */
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
