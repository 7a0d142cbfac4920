/** The target cannot be reached or written to at present. The message gives users the reason. */
export class TargetUnavailable extends Error {
  override readonly name = 'TargetUnavailable'
}

/** The write would leave less free space than the configured minimum. The message is written for users. */
export class TargetFull extends Error {
  override readonly name = 'TargetFull'
}

/** The path leads out of its target or is not a valid path there. */
export class BadPath extends Error {
  override readonly name = 'BadPath'
}

export class FileNotFound extends Error {
  override readonly name = 'FileNotFound'
  constructor(path: string, options?: ErrorOptions) {
    super(`The target has no file ${path}`, options)
  }
}

/** The stream had fewer or more bytes than announced. */
export class IncompleteFile extends Error {
  override readonly name = 'IncompleteFile'
  constructor(expected: number, received: number) {
    super(`The file has ${received} bytes, but ${expected} were announced`)
  }
}

export class RangeNotSatisfiable extends Error {
  override readonly name = 'RangeNotSatisfiable'
  /** Bytes of the whole file. */
  readonly size: number
  constructor(size: number) {
    super(`The file has only ${size} bytes`)
    this.size = size
  }
}
