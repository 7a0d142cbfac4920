import type { Emulator } from '@telegather/telegram-emulator'
import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TelegramError } from '../src/errors.ts'
import { decodeAnswer, readMessages } from '../src/gramjs/decode-answer.ts'
import { MtprotoClient } from '../src/gramjs/mtproto-client.ts'
import type { TlObject, TlValue } from '../src/tl/decoder.ts'
import type { TlDialogs } from '../src/tl/shapes.ts'
import { startDemoWorld } from './demo-world.ts'
import { signInTestAccount } from '../src/testing.ts'

/** History pages read of each channel. */
const PAGES = 2
const PAGE = 100

let emulator: Emulator
let client: MtprotoClient
let answers: Answer[]
beforeAll(async () => {
  const { emulator: started, config } = await startDemoWorld()
  emulator = started
  const { auth, identity } = await signInTestAccount(config)
  client = new MtprotoClient(config, { auth, identity })
  await generate('library')
  await generate('community')
  answers = await everyAnswer()
})
afterAll(async () => {
  await client.close()
  await emulator.close()
})

/** One answer: its bytes, and the object that GramJS decodes from them. */
interface Answer {
  readonly bytes: Buffer
  readonly byGramjs: unknown
}

async function generate(archetype: 'library' | 'community'): Promise<void> {
  const { id } = await emulator.control.addChannel({ title: archetype })
  await emulator.control.generate(id, { messages: PAGES * PAGE, seed: 7, archetype })
}

async function ask(request: Api.AnyRequest): Promise<Answer> {
  return await client.invoke(request, {}, (reader) => ({
    bytes: Buffer.from(reader.stream),
    byGramjs: reader.tgReadObject(),
  }))
}

async function everyAnswer(): Promise<Answer[]> {
  const dialogs = await ask(
    new Api.messages.GetDialogs({
      offsetDate: 0,
      offsetId: 0,
      offsetPeer: new Api.InputPeerEmpty(),
      limit: PAGE,
      hash: returnBigInt(0),
    }),
  )
  const found = [dialogs, await ask(new Api.help.GetConfig())]
  for (const { _: kind, id, access_hash: accessHash = '0' } of channelsOf(dialogs)) {
    if (kind !== 'channel') continue
    const channel = { channelId: returnBigInt(id), accessHash: returnBigInt(accessHash) }
    found.push(
      await ask(new Api.channels.GetFullChannel({ channel: new Api.InputChannel(channel) })),
    )
    found.push(...(await historyOf(new Api.InputPeerChannel(channel))))
  }
  return found
}

function channelsOf(dialogs: Answer): TlDialogs['chats'] {
  return (decodeAnswer(dialogs.bytes) as unknown as TlDialogs).chats
}

async function historyOf(peer: Api.InputPeerChannel): Promise<Answer[]> {
  const pages = Array.from({ length: PAGES }, (_, page) =>
    ask(
      new Api.messages.GetHistory({
        peer,
        offsetId: 0,
        addOffset: page * PAGE,
        limit: PAGE,
        offsetDate: 0,
        maxId: 0,
        minId: 0,
        hash: returnBigInt(0),
      }),
    ),
  )
  return await Promise.all(pages)
}

describe('answers of the emulator', () => {
  test('every field of an answer is decoded as GramJS decodes it', () => {
    const names = new Set<string>()
    for (const { bytes, byGramjs } of answers) compare(decodeAnswer(bytes), byGramjs, names)
    // The answers contain enough different constructors.
    expect(names.size).toBeGreaterThan(70)
    for (const name of ['message', 'messageMediaPoll', 'documentAttributeVideo', 'channelFull']) {
      expect(names).toContain(name)
    }
  })

  test('an answer decoded as JSON is the same, with bytes in base64', () => {
    for (const { bytes } of answers) {
      expect(readMessages({ stream: bytes, tgReadObject: () => null })).toEqual(
        asJson(decodeAnswer(bytes)),
      )
    }
  })

  test('a truncated answer throws TelegramError', () => {
    for (const { bytes } of answers) {
      const step = 1 + Math.floor(bytes.length / 100)
      for (let cut = 0; cut < bytes.length; cut += step) {
        expect(() => decodeAnswer(bytes.subarray(0, cut))).toThrow(TelegramError)
      }
    }
  })

  test('an answer with a changed byte is decoded or throws TelegramError', () => {
    let refused = 0
    for (const [index, { bytes }] of answers.entries()) {
      const step = 1 + Math.floor(bytes.length / 100)
      for (let at = index % step; at < bytes.length; at += step) {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ 0xff
        refused += isRefused(changed) ? 1 : 0
      }
    }
    expect(refused).toBeGreaterThan(0)
    expect(answers.map(({ bytes }) => isRefused(bytes))).not.toContain(true)
  })
})

/** Any error but a TelegramError fails the test. */
function isRefused(bytes: Buffer): boolean {
  try {
    decodeAnswer(bytes)
    return false
  } catch (error) {
    if (!(error instanceof TelegramError)) throw error
    return true
  }
}

function compare(ours: TlValue, theirs: unknown, names: Set<string>): void {
  if (Array.isArray(ours)) {
    expect(theirs).toHaveLength(ours.length)
    ours.forEach((item: TlValue, index) => compare(item, (theirs as unknown[])[index], names))
  } else if (ours instanceof Uint8Array) {
    expect(Buffer.compare(ours, theirs as Buffer)).toBe(0)
  } else if (typeof ours === 'object') {
    compareObjects(ours as TlObject, theirs as GramjsObject, names)
  } else {
    // GramJS decodes 64-bit integers to big integers; this decoder, to decimal strings.
    const same = typeof ours === 'string' ? String(theirs) === ours : theirs === ours
    if (!same) expect(theirs).toBe(ours)
  }
}

type GramjsObject = Record<string, unknown> & {
  readonly className: string
  readonly originalArgs: Readonly<Record<string, unknown>>
}

function compareObjects(ours: TlObject, theirs: GramjsObject, names: Set<string>): void {
  const { _: name, ...fields } = ours
  names.add(name)
  expect(theirs.className.toLowerCase()).toBe(name.toLowerCase())
  const compared = new Set<string>()
  for (const [field, value] of Object.entries(fields)) {
    const theirField = field.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    compared.add(theirField)
    compare(value, theirs.originalArgs[theirField], names)
  }
  for (const [field, value] of Object.entries(theirs.originalArgs)) {
    const isPresent = value !== undefined && value !== null && value !== false
    if (isPresent && !/^flags\d*$/.test(field)) expect([...compared]).toContain(field)
  }
}

function asJson(value: TlValue): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(asJson)
  if (typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([field, item]) => [field, asJson(item)]))
}
