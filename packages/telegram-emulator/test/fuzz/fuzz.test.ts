import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../../src/emulator.ts'
import { findLayerFiles, loadSchemas } from '../../src/tl/layers.ts'
import { fuzzCalls } from './fuzz-calls.ts'
import { fuzzFrames } from './fuzz-frames.ts'

const schema = loadSchemas(findLayerFiles())
let emulator: OpenEmulator

beforeAll(async () => {
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'demo', dataDir: null })
})

afterAll(() => emulator.close())

test('3000 random calls of every method are answered, and do not affect other sessions', async () => {
  const { results, failures } = await fuzzCalls(emulator, schema, { rounds: 3000, seed: 1 })
  expect(failures).toEqual([])
  expect(results).toBeGreaterThan(300)
})

test('1000 damaged calls do not stop the emulator', async () => {
  await fuzzFrames(emulator, schema, { rounds: 1000, seed: 1 })
})
