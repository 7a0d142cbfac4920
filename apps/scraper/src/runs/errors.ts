/** This worker no longer has the run: it was taken over, cancelled, or deleted with its source. */
export class RunLost extends Error {
  override readonly name = 'RunLost'
  constructor() {
    super('this worker no longer has the run')
  }
}

/** The run fails without another attempt: it cannot succeed before its source or the configuration changes. */
export class RunImpossible extends Error {
  override readonly name = 'RunImpossible'
}
