import { spawn, spawnSync } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { findLayerFiles } from '../../src/tl/layers.ts'
import type { Served } from '../control.ts'

const TELETHON_LAYER = 144
/** Debian's Python is tried first: `python3-telethon` is installed for it. */
const INTERPRETERS = ['/usr/bin/python3', 'python3']

/** A Python with Telethon; undefined if there is none. */
const python = INTERPRETERS.find(
  (interpreter) => spawnSync(interpreter, ['-c', 'import telethon']).status === 0,
)

/** Telethon or the schema of its layer is missing: the only reasons to skip these tests. */
export const cannotRun =
  python === undefined || !findLayerFiles().some(({ layer }) => layer === TELETHON_LAYER)

/** Timeout for all scenarios of a file, on a busy machine. */
export const SCENARIOS_TIMEOUT_MS = 120_000

/** The return values of the scenarios in one Python file. */
export interface Outcomes {
  /** Messages that Telethon logged at level warning or above. */
  readonly warnings: readonly string[]
  /** The value of a scenario. Throws with Python's traceback if it failed. */
  of(scenario: string): unknown
}

/** Runs a Python file of this folder against an emulator; `extra` is passed in the global `emulator`. */
export async function runScenarios(
  file: string,
  { dcs, controlUrl, publicKeyPem }: Served,
  extra: Record<string, unknown> = {},
): Promise<Outcomes> {
  if (python === undefined) throw new Error('there is no Telethon here')
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(python, ['-B', path], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(JSON.stringify({ dcs, controlUrl, publicKeyPem, ...extra }))
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  const { outcomes, warnings } = parse(output, errors)
  return {
    warnings,
    of: (scenario) => {
      const outcome = outcomes[scenario]
      if (outcome === undefined) throw new Error(`${file} has no scenario ${scenario}`)
      if (outcome.error !== undefined) throw new Error(`${outcome.error}\n${errors}`)
      return outcome.value
    },
  }
}

interface Parsed {
  readonly warnings: readonly string[]
  readonly outcomes: Readonly<
    Record<string, { readonly value?: unknown; readonly error?: string } | undefined>
  >
}

function parse(output: string, errors: string): Parsed {
  try {
    return JSON.parse(output) as Parsed
  } catch (cause) {
    throw new Error(`Python said ${output}${errors}`, { cause })
  }
}
