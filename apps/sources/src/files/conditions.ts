/** The validators of a file's current version (RFC 9110 §8.8). */
export interface Validators {
  /** A strong tag, in quotes. */
  readonly etag: string
  readonly lastModified: Date
}

export interface ConditionalHeaders {
  readonly 'if-none-match'?: string | undefined
  readonly 'if-modified-since'?: string | undefined
  readonly 'if-range'?: string | undefined
}

/** True when the client has the current version, so that the answer is 304 (RFC 9110 §13.2.2). */
export function isNotModified(headers: ConditionalHeaders, validators: Validators): boolean {
  const { 'if-none-match': tags, 'if-modified-since': since } = headers
  if (tags !== undefined)
    return tags.trim() === '*' || tags.split(',').some((tag) => isTag(tag, validators.etag))
  const date = since === undefined ? NaN : Date.parse(since)
  return seconds(validators.lastModified) <= seconds(new Date(date))
}

/** True when `If-Range` is absent or names the current version, so that the range may be sent (RFC 9110 §13.1.5). */
export function matchesIfRange(headers: ConditionalHeaders, validators: Validators): boolean {
  const condition = headers['if-range']?.trim()
  if (condition === undefined) return true
  if (/^(W\/)?"/.test(condition)) return condition === validators.etag
  return seconds(new Date(condition)) === seconds(validators.lastModified)
}

function isTag(candidate: string, etag: string): boolean {
  return candidate.trim().replace(/^W\//, '') === etag
}

/** Whole seconds, the precision of dates in HTTP. */
function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
