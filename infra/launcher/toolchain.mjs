import { existsSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { inCheckout } from './checkout.mjs'
import { environment } from './config.mjs'
import { captureCommand } from './run-command.mjs'
import { readState } from './state.mjs'

const NODE_PACKAGE = 'node@24'
/** The first release with stable type stripping. */
const NEEDED_NODE = [24, 12]

/**
 * Finds Node 24.12 or newer and the pinned version of pnpm: the launcher's own Node and the pnpm of PATH if their versions
 * fit, otherwise packages in npm's cache through npx. Installs nothing globally. The result is cached in the state file.
 */
export async function findToolchain() {
  const pnpm = pinnedPnpm()
  const foundBy = [process.execPath, process.version, pnpm].join(' ')
  const known = readState().toolchain
  const isKnown = known?.foundBy === foundBy && known.files.every((file) => existsSync(file))
  const found = isKnown ? known : ((await fromPath(pnpm)) ?? (await fromNpx(pnpm)))
  const { node, directories } = found
  const PATH = [...new Set(directories), environment.PATH].join(delimiter)
  return { node, env: { ...environment, PATH }, known: { ...found, foundBy } }
}

/** The launcher's Node and the pnpm of PATH; undefined when one of their versions does not fit. */
async function fromPath(pnpm) {
  if (!isNodeNew()) return undefined
  const directories = [dirname(process.execPath)]
  const PATH = [...directories, environment.PATH].join(delimiter)
  const file = PATH.split(delimiter)
    .map((directory) => join(directory, 'pnpm'))
    .find((path) => existsSync(path))
  if (file === undefined) return undefined
  const { code, stdout } = await captureCommand(file, ['--version'], {
    env: { ...environment, PATH },
  })
  if (code !== 0 || `pnpm@${stdout.trim()}` !== pnpm) return undefined
  return { node: process.execPath, directories, files: [file] }
}

async function fromNpx(pnpm) {
  process.stderr.write(`Getting ${isNodeNew() ? '' : 'Node 24 and '}${pnpm} through npx …\n`)
  const packages = (isNodeNew() ? [pnpm] : [NODE_PACKAGE, pnpm]).flatMap((name) => ['-p', name])
  const print = ['sh', '-c', 'command -v node && command -v pnpm']
  const { code, stdout, output } = await captureCommand('npx', ['--yes', ...packages, ...print], {
    env: environment,
  })
  const [npxNode, pnpmFile] = stdout.trim().split('\n')
  if (code !== 0 || pnpmFile === undefined) throw new Error(`npx failed:\n${output}`)
  const node = isNodeNew() ? process.execPath : npxNode
  return { node, directories: [dirname(pnpmFile), dirname(node)], files: [node, pnpmFile] }
}

function isNodeNew() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  return major > NEEDED_NODE[0] || (major === NEEDED_NODE[0] && minor >= NEEDED_NODE[1])
}

/** The field packageManager of package.json: `pnpm@<version>`. */
function pinnedPnpm() {
  return JSON.parse(readFileSync(inCheckout('package.json'), 'utf8')).packageManager
}
