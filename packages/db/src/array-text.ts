/** A one-dimensional array in Postgres' text format. A value that needs quotes must have them already. */
export function arrayText(values: readonly (string | number | boolean)[]): string {
  return `{${values.join(',')}}`
}
