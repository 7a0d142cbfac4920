import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../../src/emulator.ts'
import { messagesOf } from '../control.ts'
import { smallChannel } from '../small-channel.ts'
import { cannotRun, runScenarios, SCENARIOS_TIMEOUT_MS, type Outcomes } from './telethon.ts'

const CHANNEL = 7101n

describe.skipIf(cannotRun)('Telethon downloads', () => {
  let emulator: OpenEmulator
  let outcomes: Outcomes

  beforeAll(async () => {
    emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
    const ids = Array.from({ length: 100 }, (_, index) => index + 1)
    emulator.world.channels.add(
      smallChannel({ id: CHANNEL, title: 'Files', username: 'some_files', ids }),
    )
    const files = { username: 'some_files', documentId: 30, photoId: 20 }
    outcomes = await runScenarios('files.py', emulator, files)
  }, SCENARIOS_TIMEOUT_MS)

  afterAll(async () => {
    await emulator.close()
  })

  async function truth(): Promise<Map<number, string>> {
    const messages = await messagesOf(emulator, CHANNEL)
    return new Map(
      messages.flatMap(({ id, media }) => (media === null ? [] : [[id, media.sha256]])),
    )
  }

  test('every file, on whichever data centre, with the hash of the control API', async () => {
    const found = outcomes.of('downloads') as Record<string, { sha256: string; dc: number }>
    const hashes = Object.entries(found).map(([id, { sha256 }]) => [Number(id), sha256])
    expect(new Map(hashes as [number, string][])).toEqual(await truth())
    expect(new Set(Object.values(found).map(({ dc }) => dc))).toEqual(new Set([2, 4]))
  })

  test('as an account of data centre 4', async () => {
    const newest = [...(await truth())].filter(([id]) => id > 70).map(([, sha256]) => sha256)
    expect(outcomes.of('from_data_centre_4')).toEqual(newest.toReversed())
  })

  test('a part of a file', () => {
    expect(outcomes.of('part_of_a_file')).toEqual([3 * 16 * 1024, true])
  })

  test('the hashes of its parts', () => {
    expect(outcomes.of('hashes_of_a_file')).toEqual([true, true])
  })

  test('a thumbnail', () => {
    expect(outcomes.of('a_thumbnail')).toEqual([12_000, 'ffd8', 720_000])
  })

  test('nothing with a wrong reference', () => {
    expect(outcomes.of('a_reference_that_is_wrong')).toBe('FileReferenceInvalidError')
  })

  test('with a fresh reference after an expired one', async () => {
    const hashes = await truth()
    expect(outcomes.of('with_an_expired_reference')).toEqual({
      expired: ['FileReferenceExpiredError', 'FileReferenceExpiredError'],
      fresh: { 30: hashes.get(30), 20: hashes.get(20) },
    })
  })

  test('without a warning', () => {
    expect(outcomes.warnings).toEqual([])
  })
})
