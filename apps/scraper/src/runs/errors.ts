/** The run is no longer this worker's: it was taken over, cancelled, or deleted with its source. */
export class RunLost extends Error {
  override readonly name = 'RunLost'
  constructor() {
    super('the run is no longer this worker’s')
  }
}

/** The run cannot succeed while its source is as it is: another attempt would fail in the same way. */
export class RunImpossible extends Error {
  override readonly name = 'RunImpossible'
}
