import { vi } from 'vitest'

/**
 * Default of `vi.waitFor`, in place of vitest's 1 s: a busy machine takes longer for a round trip. It ends before the
 * test's own limit, so that a failed test shows the last failed assertion. Only a failing test waits this long.
 */
const PATIENCE = { timeout: 30_000 }

const { waitFor, waitUntil } = vi
vi.waitFor = (callback, options) =>
  waitFor(callback, typeof options === 'number' ? options : { ...PATIENCE, ...options })
vi.waitUntil = (callback, options) =>
  waitUntil(callback, typeof options === 'number' ? options : { ...PATIENCE, ...options })
