import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadSchemas, SERVICE_DEFINITIONS } from './layers.ts'
import { parseSchema } from './parse.ts'
import { Sampler } from './sample.ts'
import { createSchemaSet } from './schema.ts'

const path = fileURLToPath(
  new URL('../../../../../shared/telegram-schema/api-144.tl', import.meta.url),
)

test.skipIf(!existsSync(path))(
  'layer 144 is decoded to the newest form, and encoded in its own',
  () => {
    const schema = loadSchemas([{ layer: 144, path }])
    const old = schema.layer(144)
    const definitions = [...SERVICE_DEFINITIONS, ...parseSchema(readFileSync(path, 'utf8'))]
    const alone = createSchemaSet(SERVICE_DEFINITIONS, new Map([[144, definitions]]))
    const sampler = new Sampler(definitions, 1)
    for (const definition of definitions) {
      const object = sampler.object(definition)
      const bytes = alone.layer(144).encode(object)
      expect(alone.decode(bytes)).toEqual(object)
      if (definition.isFunction) continue
      expect(alone.decode(old.encode(schema.decode(bytes)))).toEqual(object)
    }
  },
)

test.skipIf(!existsSync(path))(
  'texts of polls and reactions are decoded to the newest form',
  () => {
    const schema = loadSchemas([{ layer: 144, path }])
    const answer = { _: 'pollAnswer', text: 'yes', option: Buffer.of(1) }
    const text = { _: 'textWithEntities', text: 'yes', entities: [] }
    expect(schema.decode(schema.layer(144).encode(answer))).toEqual({ ...answer, text })
    const call = { _: 'messages.sendReaction', peer: { _: 'inputPeerSelf' }, msg_id: 1 }
    const reaction = { _: 'reactionEmoji', emoticon: '👍' }
    const bytes = schema.layer(144).encode({ ...call, reaction: '👍' })
    expect(schema.decode(bytes)).toEqual({ ...call, reaction: [reaction] })
  },
)

test.skipIf(!existsSync(path))('one value has a different form in each layer', () => {
  const schema = loadSchemas([{ layer: 144, path }])
  const [old, newest] = [schema.layer(144), schema.layer(198)]
  expect(schema.layers).toEqual([144, 198])
  const user = { _: 'user', id: 5n, first_name: 'Ida', stories_max_id: 3 }
  expect(old.encode(user).readUInt32LE()).not.toBe(newest.encode(user).readUInt32LE())
  expect(schema.decode(newest.encode(user))).toEqual(user)
  expect(schema.decode(old.encode(user))).toEqual({ _: 'user', id: 5n, first_name: 'Ida' })
  expect([old.has('updateUser'), newest.has('updateUser')]).toEqual([false, true])
  expect(() => old.encode({ _: 'updateUser', user_id: 1n })).toThrow('the layer has no updateUser')
})

test.skipIf(!existsSync(path))('a client gets the newest layer not above its own', () => {
  const schema = loadSchemas([{ layer: 144, path }])
  const chosen = [null, 1, 144, 150, 198, 229].map((layer) => schema.layer(layer).layer)
  expect(chosen).toEqual([198, 144, 144, 144, 198, 198])
})
