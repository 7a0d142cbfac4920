import { TargetFull, TargetUnavailable } from '../errors.ts'

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'its folder may not be written to',
  EPERM: 'its folder may not be written to',
  EROFS: 'its folder is mounted read-only',
  EIO: 'its disk reports an I/O error',
  ESTALE: 'it was unmounted or has changed on its server',
  ENODEV: 'its device is missing',
  ENXIO: 'its device is missing',
  ENOTCONN: 'its server does not answer',
  EHOSTDOWN: 'its server does not answer',
  ETIMEDOUT: 'its server does not answer',
  ENOTDIR: 'its path is not a folder',
  EEXIST: 'its path is not a folder',
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

/** Maps a system error to TargetFull or TargetUnavailable; returns other errors unchanged. */
export function asTargetError(name: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error)) return error
  const code = String(error.code)
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new TargetFull(`Target ${name} is full`, { cause: error })
  const reason = REASONS[code]
  if (reason === undefined) return error
  return new TargetUnavailable(`Target ${name}: ${reason} (${code})`, { cause: error })
}
