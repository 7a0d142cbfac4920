import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../../src/emulator.ts'
import { smallChannel } from '../small-channel.ts'
import { cannotRun, runScenarios, SCENARIOS_TIMEOUT_MS, type Outcomes } from './telethon.ts'

describe.skipIf(cannotRun)('Telethon gets', () => {
  let emulator: OpenEmulator
  let directory: string
  let outcomes: Outcomes

  beforeAll(async () => {
    emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
    const { channels } = emulator.world
    channels.add(smallChannel({ id: 7301n, title: 'All', username: null, ids: [1, 2] }))
    channels.add(smallChannel({ id: 7302n, title: 'Quiet', username: null, ids: [1, 2] }))
    directory = await mkdtemp(join(tmpdir(), 'telethon-'))
    outcomes = await runScenarios('updates.py', emulator, {
      directory,
      channelId: 7301,
      quietId: 7302,
    })
  }, SCENARIOS_TIMEOUT_MS)

  afterAll(async () => {
    await emulator.close()
    await rm(directory, { recursive: true })
  })

  test.each(['pushed_as_it_happens', 'posted_as_it_happens'])(
    'new messages, in order: %s',
    (scenario) => {
      expect(outcomes.of(scenario)).toEqual(['one', 'two', 'three'])
    },
  )

  test.each(['after_silence', 'after_silence_in_a_channel'])(
    'updates that were not pushed, after it detects the gap: %s',
    (scenario) => {
      const silent = ['silent 0', 'silent 1', 'silent 2']
      expect(outcomes.of(scenario)).toEqual(['loud', ...silent, 'loud again'])
    },
  )

  test('updates missed while it was not running', () => {
    const missed = Array.from({ length: 250 }, (_, index) => `missed ${index + 1}`)
    expect(outcomes.of('after_a_restart')).toEqual(missed)
  })

  test('updates missed while disconnected', () => {
    expect(outcomes.of('after_a_lost_connection')).toEqual(['before', 'meanwhile', 'after'])
  })

  test('later updates, after a difference that is too long', () => {
    expect(outcomes.of('after_too_long')).toEqual([51, ['after']])
  })

  test('no warnings', () => {
    expect(outcomes.warnings).toEqual([])
  })
})
