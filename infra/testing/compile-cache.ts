import { fileURLToPath } from 'node:url'

/**
 * Environment variable for processes that tests start. Node caches compiled modules and stripped TypeScript in this
 * directory, which saves a third of the processor time of a service's start.
 */
export const COMPILE_CACHE = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../.data/compile-cache', import.meta.url)),
}
