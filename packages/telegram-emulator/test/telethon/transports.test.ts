import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../../src/emulator.ts'
import { messagesOf, post } from '../control.ts'
import { smallChannel } from '../small-channel.ts'
import { cannotRun, runScenarios, SCENARIOS_TIMEOUT_MS, type Outcomes } from './telethon.ts'

const CHANNEL = 7201n

describe.skipIf(cannotRun)('Telethon speaks', () => {
  let emulator: OpenEmulator
  let outcomes: Outcomes
  let expected: unknown

  beforeAll(async () => {
    emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
    const ids = Array.from({ length: 120 }, (_, index) => index + 1)
    emulator.world.channels.add(
      smallChannel({ id: CHANNEL, title: 'Files', username: 'some_files', ids }),
    )
    // Telethon's obfuscation handles 100 kB per second.
    const media = { kind: 'document', name: 'notes.pdf', size: 40_000 }
    const { id: documentId } = await post(emulator, {
      channel_id: String(CHANNEL),
      text: '',
      media,
    })
    const extra = { username: 'some_files', documentId }
    outcomes = await runScenarios('transports.py', emulator, extra)
    expected = [100, (await messagesOf(emulator, CHANNEL)).at(-1)?.media?.sha256]
  }, SCENARIOS_TIMEOUT_MS)

  afterAll(async () => {
    await emulator.close()
  })

  test.each([
    'full',
    'abridged',
    'intermediate',
    'padded_intermediate',
    'obfuscated_abridged',
    'obfuscated_intermediate',
    'obfuscated_padded_intermediate',
  ])('%s', (transport) => {
    expect(outcomes.of(transport)).toEqual(expected)
  })

  test('without a warning', () => {
    expect(outcomes.warnings).toEqual([])
  })
})
