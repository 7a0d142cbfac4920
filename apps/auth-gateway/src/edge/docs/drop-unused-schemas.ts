import { z } from 'zod'

/** The parts of an OpenAPI document that this file reads. All others are kept. */
const Document = z.looseObject({
  paths: z.unknown(),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
})

const REFERENCE = /"\$ref":"#\/components\/schemas\/([^"]+)"/g

/** Removes the schemas that no operation references, directly or through another schema. */
export function dropUnusedSchemas<T extends object>(document: T): T {
  const { paths, components } = Document.parse(document)
  const used = new Set<string>()
  const addReferencesOf = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(REFERENCE)) {
      if (used.has(name)) continue
      used.add(name)
      addReferencesOf(components.schemas[name])
    }
  }
  addReferencesOf(paths)
  const schemas = Object.entries(components.schemas).filter(([name]) => used.has(name))
  return { ...document, components: { ...components, schemas: Object.fromEntries(schemas) } }
}
