import { readFileSync, writeFileSync } from 'node:fs'
import { inCheckout } from './checkout.mjs'

/** Inside node_modules, so that it is deleted together with the installed packages. */
const FILE = inCheckout('node_modules/.telegather-launcher.json')

/** Reads the cached results of earlier starts: `{lockHash, toolchain}`, each absent when unknown. */
export function readState() {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8'))
  } catch {
    return {}
  }
}

export function writeState(state) {
  writeFileSync(FILE, `${JSON.stringify(state, null, 2)}\n`)
}
