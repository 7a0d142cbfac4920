/** The target cannot be reached or written to as things stand; the message says why, for people. */
export class TargetUnavailable extends Error {
  override readonly name = 'TargetUnavailable'
}

/** The target has no room beyond what is to stay free; the message says so, for people. */
export class TargetFull extends Error {
  override readonly name = 'TargetFull'
}

/** The path leads out of its target, or cannot be a path there. */
export class BadPath extends Error {
  override readonly name = 'BadPath'
}

export class FileNotFound extends Error {
  override readonly name = 'FileNotFound'
  constructor(path: string, options?: ErrorOptions) {
    super(`The target has no file ${path}`, options)
  }
}

/** The stream ended before or after the announced number of bytes. */
export class IncompleteFile extends Error {
  override readonly name = 'IncompleteFile'
  constructor(expected: number, received: number) {
    super(`The file has ${received} bytes where ${expected} were announced`)
  }
}

export class RangeNotSatisfiable extends Error {
  override readonly name = 'RangeNotSatisfiable'
  /** Of the whole file, in bytes. */
  readonly size: number
  constructor(size: number) {
    super(`The file has only ${size} bytes`)
    this.size = size
  }
}
