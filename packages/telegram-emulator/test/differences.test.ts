import { Api } from 'telegram/tl/index.js'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { control } from './control.ts'
import {
  EMIL,
  NORA,
  nextRandomId,
  twoAccounts,
  type Correspondent,
  type TwoAccounts,
} from './two-accounts.ts'

let accounts: TwoAccounts
let emil: Correspondent

beforeAll(async () => {
  accounts = await twoAccounts()
  ;({ emil } = accounts)
})

beforeEach(() => accounts.settle())

afterAll(() => accounts.close())

/** Sends a message from Nora to Emil with the control API. */
function sendToEmil(message: Record<string, unknown>): Promise<unknown> {
  return control(accounts.emulator, 'POST', '/messages', { from: NORA, to: EMIL, ...message })
}

function state(): Promise<Api.updates.State> {
  return emil.client.invoke(new Api.updates.GetState())
}

function difference(
  from: Pick<Api.updates.State, 'pts' | 'qts' | 'date'>,
  ptsTotalLimit?: number,
): Promise<Api.updates.TypeDifference> {
  const { pts, qts, date } = from
  const limit = ptsTotalLimit === undefined ? {} : { ptsTotalLimit }
  return emil.client.invoke(new Api.updates.GetDifference({ pts, qts, date, ...limit }))
}

test('seq and qts are constant, and absent from updates with a pts', async () => {
  const before = await state()
  const peer = new Api.InputPeerSelf()
  const dice = new Api.InputMediaDice({ emoticon: '🎲' })
  const request = { peer, media: dice, message: '', randomId: nextRandomId() }
  const answer = (await emil.client.invoke(new Api.messages.SendMedia(request))) as Api.Updates
  expect(answer).toMatchObject({ className: 'Updates', seq: 0 })
  expect(answer.updates.some((update) => 'qts' in update)).toBe(false)
  const after = await state()
  expect([after.seq, after.qts]).toEqual([before.seq, before.qts])
  expect(await difference(after)).toMatchObject({ seq: before.seq })
})

describe('events that were not pushed', () => {
  test('are in the difference, before and after pushed ones', async () => {
    const before = await state()
    await sendToEmil({ text: 'unheard', silent: true })
    await sendToEmil({ text: 'heard' })
    await vi.waitFor(() => expect(emil.pushed).toHaveLength(1))
    expect(emil.pushed[0]).toMatchObject({ message: 'heard', pts: before.pts + 2 })
    expect(await difference(before)).toMatchObject({
      newMessages: [{ message: 'unheard' }, { message: 'heard' }],
      state: { pts: before.pts + 2 },
    })
    expect(await difference(await state())).toBeInstanceOf(Api.updates.DifferenceEmpty)
  })

  test('come in slices, each with an intermediate state', async () => {
    const before = await state()
    await control(accounts.emulator, 'PATCH', '/differences', { slice: 2 })
    await sendToEmil({ text: 'slice {n}', silent: true, count: 5 })
    const texts: string[] = []
    const kinds: string[] = []
    for (let from = before; kinds.at(-1) !== 'updates.Difference';) {
      const answer = await difference(from)
      kinds.push(answer.className)
      if (!('newMessages' in answer)) throw new Error(answer.className)
      texts.push(...answer.newMessages.map((message) => (message as Api.Message).message))
      from = 'state' in answer ? answer.state : answer.intermediateState
    }
    await control(accounts.emulator, 'PATCH', '/differences', { slice: 100 })
    expect(texts).toEqual([1, 2, 3, 4, 5].map((n) => `slice ${n}`))
    expect(kinds).toEqual([
      'updates.DifferenceSlice',
      'updates.DifferenceSlice',
      'updates.Difference',
    ])
  })

  test('have the current content: edited, and without deleted messages', async () => {
    const before = await state()
    await sendToEmil({ text: 'first', silent: true })
    const { to_id: second } = (await sendToEmil({ text: 'second', silent: true })) as {
      to_id: number
    }
    const place = `/messages/${encodeURIComponent(EMIL)}`
    await control(accounts.emulator, 'PATCH', `${place}/${second}`, {
      text: 'edited',
      silent: true,
    })
    await control(accounts.emulator, 'DELETE', `${place}/${second - 1}`, { silent: true })
    expect(await difference(before)).toMatchObject({
      newMessages: [{ id: second, message: 'edited' }],
      otherUpdates: [
        { className: 'UpdateEditMessage', pts: before.pts + 3 },
        { className: 'UpdateDeleteMessages', messages: [second - 1], pts: before.pts + 4 },
      ],
      state: { pts: before.pts + 4 },
    })
    await accounts.settle()
    expect(emil.pushed).toEqual([])
  })

  test('can exceed the limit of the data centre, or of the client', async () => {
    const before = await state()
    await sendToEmil({ text: 'more', silent: true, count: 3 })
    const tooLong = { className: 'updates.DifferenceTooLong', pts: before.pts + 3 }
    expect(await difference(before, 2)).toMatchObject(tooLong)
    await control(accounts.emulator, 'PATCH', '/differences', { max_age: 2 })
    expect(await difference(before)).toMatchObject(tooLong)
    const { pts, qts, date } = before
    expect(await difference({ pts: pts + 1, qts, date })).toBeInstanceOf(Api.updates.Difference)
    await control(accounts.emulator, 'PATCH', '/differences', { max_age: 100_000 })
  })
})

test.each([
  ['pts', 0, 'PERSISTENT_TIMESTAMP_EMPTY'],
  ['pts', 1_000_000, 'PERSISTENT_TIMESTAMP_INVALID'],
  ['date', 0, 'DATE_EMPTY'],
])('a difference from %s %i is refused: %s', async (field, value, errorMessage) => {
  const { pts, qts, date } = await state()
  await expect(difference({ pts, qts, date, [field]: value })).rejects.toMatchObject({
    errorMessage,
  })
})

describe('the control API', () => {
  test('sends files from one account to another', async () => {
    await sendToEmil({ text: 'look', media: { kind: 'document', size: 2000, name: 'a.pdf' } })
    await vi.waitFor(() => expect(emil.pushed).toHaveLength(1))
    const [received] = await emil.client.getMessages(accounts.nora.peer, { limit: 1 })
    expect(received?.message).toBe('look')
    expect(received && (await emil.client.downloadMedia(received))).toHaveLength(2000)
  })

  test('lists sent messages with their random ids', async () => {
    await accounts.say('noted')
    const sent = (await control(accounts.emulator, 'GET', '/sent')) as Record<string, unknown>[]
    expect(sent.at(-1)).toEqual({
      account_id: String(accounts.nora.peer.userId),
      peer: { kind: 'user', id: String(accounts.emil.peer.userId) },
      id: expect.any(Number),
      random_id: expect.stringMatching(/^\d+$/),
      text: 'noted',
      media: null,
      date: expect.any(String),
    })
  })

  test('lists all updates of all accounts', async () => {
    const before = await state()
    await sendToEmil({ text: 'owed', silent: true })
    const emitted = (await control(accounts.emulator, 'GET', '/emitted')) as Record<
      string,
      unknown
    >[]
    const accountId = String(accounts.emil.peer.userId)
    const own = emitted.filter((update) => update['account_id'] === accountId)
    expect(own.at(-1)).toEqual({
      account_id: accountId,
      kind: 'new_message',
      pts: before.pts + 1,
      pts_count: 1,
      peer: { kind: 'user', id: String(accounts.nora.peer.userId) },
      message_ids: [expect.any(Number)],
      text: 'owed',
      out: false,
      date: expect.any(String),
      silent: true,
    })
    expect(emitted.filter(({ text }) => text === 'owed').map(({ out }) => out)).toEqual(
      expect.arrayContaining([true, false]),
    )
  })

  test.each([
    ['POST', '/messages', { from: NORA, text: 'x' }, 'invalid_input'],
    ['POST', '/messages', { from: NORA, to: '123', text: 'x' }, 'account_not_found'],
    ['POST', '/messages', { channel_id: 5, to: EMIL, text: 'x' }, 'invalid_input'],
    ['PATCH', '/messages/123/1', { text: 'x' }, 'account_not_found'],
    ['PATCH', `/messages/${EMIL.slice(1)}/99999`, { text: 'x' }, 'message_not_found'],
    ['DELETE', `/messages/${EMIL.slice(1)}/x`, {}, 'invalid_input'],
    ['PATCH', '/differences', { slice: 0 }, 'invalid_input'],
  ] as const)('%s %s %j → %s', async (method, path, body, code) => {
    await expect(control(accounts.emulator, method, path, body)).rejects.toThrow(`"${code}"`)
  })
})
