/**
 * `node infra/launcher/launch.mjs <task> [arguments]`: runs a task of this checkout. Needs only Node 20 and npm.
 * It is plain JavaScript, because Node 20 cannot run TypeScript, and imports no packages, because none may be installed.
 */
import { installPackages } from './install.mjs'
import { runTask, TASKS } from './tasks.mjs'
import { findToolchain } from './toolchain.mjs'

const OLDEST_NODE = 20

const [task = '', ...args] = process.argv.slice(2)
try {
  process.exitCode = await launch()
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

async function launch() {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    throw new Error(`Node ${OLDEST_NODE} or newer is required; this is ${process.version}.`)
  }
  if (!TASKS.includes(task)) throw new Error(`usage: launch.mjs ${TASKS.join('|')} [arguments]`)
  const toolchain = await findToolchain()
  const installed = await installPackages(toolchain)
  return installed === 0 ? runTask(task, args, toolchain) : installed
}
