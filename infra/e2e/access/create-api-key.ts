import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { systemPath } from '../../stack/config.ts'

const CHECKOUT = fileURLToPath(new URL('../../..', import.meta.url))

/** Creates an API key like `npm run keys:create-api`; returns the key. */
export async function createApiKey(dataDir: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['infra/stack/create-api-key.ts', ...args],
    { cwd: CHECKOUT, env: { PATH: systemPath(), DATA_DIR: dataDir } },
  )
  return stdout.trim()
}
