import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../../src/emulator.ts'
import { smallChannel } from '../small-channel.ts'
import { cannotRun, runScenarios, SCENARIOS_TIMEOUT_MS, type Outcomes } from './telethon.ts'

describe.skipIf(cannotRun)('Telethon signs in', () => {
  let emulator: OpenEmulator
  let directory: string
  let outcomes: Outcomes

  beforeAll(async () => {
    emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
    directory = await mkdtemp(join(tmpdir(), 'telethon-'))
    const ids = [1, 2, 3]
    emulator.world.channels.add(
      smallChannel({ id: 7401n, title: 'News', username: 'some_news', ids }),
    )
    outcomes = await runScenarios('login.py', emulator, { directory, username: 'some_news' })
  }, SCENARIOS_TIMEOUT_MS)

  afterAll(async () => {
    await emulator.close()
    await rm(directory, { recursive: true })
  })

  test('by code', () => {
    expect(outcomes.of('by_code')).toEqual([true, '9996621001', true, 2])
  })

  test('by two-step password', () => {
    expect(outcomes.of('by_password')).toEqual({
      needed: 'SessionPasswordNeededError',
      wrong: 'PasswordHashInvalidError',
      phone: '9996621002',
    })
  })

  test("on data centre 4, the number's own", () => {
    const home = emulator.dcs.find(({ id }) => id === 4)
    expect(outcomes.of('on_data_centre_4')).toEqual({
      phone: '9996641003',
      dc: 4,
      port: home?.port,
    })
  })

  test('by no wrong code or number', () => {
    expect(outcomes.of('by_a_wrong_code')).toEqual([
      'PhoneCodeInvalidError',
      'PhoneNumberInvalidError',
    ])
  })

  test('once, and resumes its saved session', () => {
    expect(outcomes.of('again_from_a_string')).toBe('9996621011')
    expect(outcomes.of('again_from_a_file')).toBe('9996621012')
  })

  test('and out', () => {
    expect(outcomes.of('and_out')).toBe(false)
  })

  test('as a bot, which reads posts by id and nothing else', () => {
    expect(outcomes.of('as_a_bot')).toEqual({
      bot: true,
      username: 'telethon_test_bot',
      post: 'message 2',
      history: 'BotMethodInvalidError',
      search: 'BotMethodInvalidError',
      dialogs: 'BotMethodInvalidError',
      wrong: 'AccessTokenInvalidError',
    })
  })

  test('by a QR code that another login accepts', () => {
    expect(outcomes.of('by_qr_code')).toEqual([true, '9996621014'])
    expect(outcomes.of('by_qr_code_on_data_centre_4')).toEqual(['9996641014', 4])
  })

  test('without a warning', () => {
    expect(outcomes.warnings).toEqual([])
  })

  test('as a client of layer 144', () => {
    const keys = [...emulator.world.authKeys.all()]
    // A key that Telethon created and discarded, see `SHORT_KEY`, never had a call.
    const layers = new Set(keys.flatMap(({ layer }) => layer ?? []))
    expect(layers).toEqual(new Set([144]))
  })
})
