import { TargetFull, TargetUnavailable } from '../errors.ts'

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'its folder may not be written to',
  EPERM: 'its folder may not be written to',
  EROFS: 'its folder is mounted read-only',
  EIO: 'its disk does not work',
  ESTALE: 'it was unmounted or has changed on its server',
  ENODEV: 'it is not there',
  ENXIO: 'it is not there',
  ENOTCONN: 'its server does not answer',
  EHOSTDOWN: 'its server does not answer',
  ETIMEDOUT: 'its server does not answer',
  ENOTDIR: 'its folder is not one',
  EEXIST: 'its folder is not one',
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

/** What the system says, as what it means for the target `name`; the error itself when that is nothing. */
export function asTargetError(name: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error)) return error
  const code = String(error.code)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new TargetFull(`Target ${name} is full`, { cause: error })
  const reason = REASONS[code]
  if (reason === undefined) return error
  return new TargetUnavailable(`Target ${name}: ${reason} (${code})`, { cause: error })
}
