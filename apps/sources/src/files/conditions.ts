/** What tells one version of a file from another (RFC 9110 §8.8). */
export interface Validators {
  /** In quotes, strong. */
  readonly etag: string
  readonly lastModified: Date
}

export interface ConditionalHeaders {
  readonly 'if-none-match'?: string | undefined
  readonly 'if-modified-since'?: string | undefined
  readonly 'if-range'?: string | undefined
}

/** Whether the client has it already (RFC 9110 §13.2.2). */
export function isNotModified(headers: ConditionalHeaders, validators: Validators): boolean {
  const { 'if-none-match': known, 'if-modified-since': since } = headers
  if (known !== undefined)
    return known.trim() === '*' || known.split(',').some((tag) => isTag(tag, validators.etag))
  const date = since === undefined ? NaN : Date.parse(since)
  return seconds(validators.lastModified) <= seconds(new Date(date))
}

/** Whether a range is of the version that the client has a part of, and not of a newer one (RFC 9110 §13.1.5). */
export function isRangeOfSame(headers: ConditionalHeaders, validators: Validators): boolean {
  const condition = headers['if-range']?.trim()
  if (condition === undefined) return true
  if (/^(W\/)?"/.test(condition)) return condition === validators.etag
  return seconds(new Date(condition)) === seconds(validators.lastModified)
}

function isTag(given: string, etag: string): boolean {
  return given.trim().replace(/^W\//, '') === etag
}

/** As precise as HTTP's dates. */
function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
