import { expect } from 'vitest'

/** How many bytes the argument has. */
export function sizeOf(args: unknown): number {
  return (args as { bytes?: Uint8Array }).bytes?.length ?? 0
}

/** By content: megabytes are compared as bytes. */
export function expectSame(received: unknown, sent: unknown): void {
  if (sent instanceof Uint8Array) {
    expect(received).toBeInstanceOf(Uint8Array)
    expect(Buffer.compare(received as Uint8Array, sent)).toBe(0)
    return
  }
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) {
    expect(received).toEqual(sent)
    return
  }
  expect(Object.keys(received as object).toSorted()).toEqual(Object.keys(sent).toSorted())
  for (const [name, field] of Object.entries(sent))
    if (field instanceof Uint8Array) expectSame((received as Record<string, unknown>)[name], field)
    else expect((received as Record<string, unknown>)[name]).toEqual(field)
}
