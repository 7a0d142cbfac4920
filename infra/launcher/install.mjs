import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { inCheckout } from './checkout.mjs'
import { captureCommand } from './run-command.mjs'
import { readState, writeState } from './state.mjs'

/** Installs the packages of the lockfile unless they are installed. Resolves to pnpm's exit code, or 0. */
export async function installPackages(toolchain) {
  const lockfile = readFileSync(inCheckout('pnpm-lock.yaml'))
  const lockHash = createHash('sha256').update(lockfile).digest('hex')
  const state = readState()
  if (state.lockHash !== lockHash || !existsSync(inCheckout('node_modules/.pnpm'))) {
    process.stderr.write('Installing packages …\n')
    const code = await install(toolchain)
    if (code !== 0) return code
  }
  const newState = { lockHash, toolchain: toolchain.known }
  if (JSON.stringify(newState) !== JSON.stringify(state)) writeState(newState)
  return 0
}

/** Runs `pnpm install`; prints its output only when it fails. */
async function install({ env }) {
  const args = ['install', '--frozen-lockfile', '--config.confirmModulesPurge=false']
  const { code, output } = await captureCommand('pnpm', args, { env })
  if (code !== 0) process.stderr.write(output)
  return code
}
