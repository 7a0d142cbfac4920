export type DecodeFailure =
  | 'truncated'
  | 'trailing_bytes'
  | 'unknown_constructor'
  | 'wrong_type'
  | 'too_long'
  | 'too_deep'
  | 'bad_compression'

/** Bytes that violate the schema. The only error that decoding throws. */
export class TlDecodeError extends Error {
  readonly reason: DecodeFailure

  constructor(reason: DecodeFailure, detail: string, options?: ErrorOptions) {
    super(`${reason}: ${detail}`, options)
    this.name = 'TlDecodeError'
    this.reason = reason
  }
}

/** A value that violates the schema: a bug in the code that built it. The only error that encoding throws. */
export class TlEncodeError extends Error {
  constructor(detail: string) {
    super(detail)
    this.name = 'TlEncodeError'
  }
}
