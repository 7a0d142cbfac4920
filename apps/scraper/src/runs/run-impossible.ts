/** The run cannot succeed as its source stands; trying again would change nothing. */
export class RunImpossible extends Error {
  override readonly name = 'RunImpossible'
}
