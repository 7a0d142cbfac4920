import { vi } from 'vitest'

/**
 * Default timeout of `vi.waitFor` instead of vitest's 1 s, which is too short on a busy machine. It is shorter than the
 * test's timeout, so that a failed test shows the last failed assertion.
 */
const PATIENCE = { timeout: 30_000 }

const { waitFor, waitUntil } = vi
vi.waitFor = (callback, options) =>
  waitFor(callback, typeof options === 'number' ? options : { ...PATIENCE, ...options })
vi.waitUntil = (callback, options) =>
  waitUntil(callback, typeof options === 'number' ? options : { ...PATIENCE, ...options })
