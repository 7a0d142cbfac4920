import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Absolute path of a file or folder of the checkout. */
export function inCheckout(path) {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url))
}
