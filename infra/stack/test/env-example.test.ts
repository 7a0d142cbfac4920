import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { configSchema as stack } from '../config.ts'
import { SERVICE_SCHEMAS } from '../service-problems.ts'

const readText = (name: string) =>
  readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8')

test('.env.example names exactly the variables that something reads', () => {
  const bySchemas = [...Object.values(SERVICE_SCHEMAS), stack].flatMap(({ shape }) =>
    Object.keys(shape),
  )
  const byCompose = names(readText('docker-compose.yml'), /\$\{([A-Z0-9_]+)/g).map((name) =>
    name.replace(/_FILE$/, ''),
  )
  const named = names(readText('.env.example'), /^#?([A-Z][A-Z0-9_]*)=/gm)
  expect(new Set(named)).toEqual(new Set([...bySchemas, ...byCompose]))
})

function names(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([, name = '']) => name)
}
