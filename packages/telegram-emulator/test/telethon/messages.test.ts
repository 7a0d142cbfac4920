import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../../src/emulator.ts'
import { control } from '../control.ts'
import { cannotRun, runScenarios, SCENARIOS_TIMEOUT_MS, type Outcomes } from './telethon.ts'

describe.skipIf(cannotRun)('Telethon sends', () => {
  let emulator: OpenEmulator
  let outcomes: Outcomes

  beforeAll(async () => {
    emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
    outcomes = await runScenarios('messages.py', emulator)
  }, SCENARIOS_TIMEOUT_MS)

  afterAll(async () => {
    await emulator.close()
  })

  test('text, replies, edits and deletions, and the other side gets each of them', () => {
    expect(outcomes.of('conversation')).toEqual({
      said: [
        ['new', 'good morning you #hello'],
        ['edited', 'good evening'],
        ['new', 'to be deleted'],
        ['new', 'still there?'],
        ['deleted', 1],
      ],
      answers: [
        ['new', 'hello'],
        ['read', true],
      ],
      answered: true,
      out: [true, true],
      entities: ['MessageEntityBold', 'MessageEntityMentionName', 'MessageEntityHashtag'],
      seen: [
        ['still there?', false, false],
        ['hello', true, false],
        ['good evening', false, true],
      ],
      mine: ['still there?', 'hello', 'good evening'],
      dialogs: true,
    })
  })

  test('no duplicate, empty or too long messages', () => {
    expect(outcomes.of('nothing_twice')).toEqual([
      [
        'RandomIdDuplicateError',
        'ValueError',
        'MessageTooLongError',
        'MessageIdInvalidError',
        'MessageNotModifiedError',
      ],
      1,
    ])
  })

  test('files and albums that arrive unchanged', () => {
    expect(outcomes.of('files')).toEqual({
      received: ['new', 'a file'],
      name: 'notes.bin',
      size: 300_000,
      same: true,
      groups: [1, 1],
      captions: ['one', 'two', 'three'],
      contents: ['00', '01', '02'],
    })
  })

  test('50 MiB that arrive unchanged, and can be downloaded', async () => {
    const name = 'large.bin'
    const sent = (await control(emulator, 'GET', '/sent')) as { media: { name: string } | null }[]
    const found = sent.find(({ media }) => media?.name === name)?.media
    const { middle, ...file } = outcomes.of('a_file_of_50_megabytes') as { middle: boolean }
    expect(found).toEqual({ kind: 'document', ...file })
    expect(file).toMatchObject({ name, size: 50 * 1024 * 1024 })
    expect(middle).toBe(true)
  })

  test('a poll', () => {
    expect(outcomes.of('a_poll')).toEqual(['why?', ['yes', 'no']])
  })

  test('to a group, and to the supergroup that it becomes', () => {
    expect(outcomes.of('a_group')).toEqual({
      title: 'Two of us',
      received: [['new', 'hello group'], ['new', 'hello group'], true, ['new', 'hello supergroup']],
      dialogs: [['Channel', 'Two of us']],
      actions: ['NoneType', 'MessageActionChannelMigrateFrom'],
    })
  })

  test('without a warning', () => {
    expect(outcomes.warnings).toEqual([])
  })
})
