import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { AuthKey } from 'telegram/crypto/AuthKey.js'
import { InvalidBufferError, SecurityError } from 'telegram/errors/Common.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { Api, serializeBytes } from 'telegram/tl/index.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { TelegramError } from '../src/errors.ts'
import type { RpcResult } from '../src/gramjs/received.ts'
import { SealedMessages } from '../src/gramjs/sealed-messages.ts'
import { openSent, sealAnswer } from './data-centre-side.ts'

const key = new AuthKey()
const keyBytes = randomBytes(256)
beforeAll(async () => await key.setKey(keyBytes))

const SALT = returnBigInt('-81985529216486896')
const REQUEST = Buffer.from('what GramJS packs, of any length'.repeat(3))

/** A client's session, and what its data centre knows of it. */
async function session() {
  const messages = new SealedMessages(key)
  messages.salt = SALT
  const sent = openSent(keyBytes, await messages.encryptMessageData(REQUEST))
  return { messages, sent }
}

const int = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const long = (value: bigint) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return bytes
}
const result = (to: bigint, answer: Buffer) => Buffer.concat([int(0xf35c6d01), long(to), answer])
const gzipped = (bytes: Buffer) => Buffer.concat([int(0x3072cfa1), serializeBytes(gzipSync(bytes))])
const ANSWER = new Api.upload.File({
  type: new Api.storage.FilePdf(),
  mtime: 1,
  bytes: randomBytes(3000),
}).getBytes()

describe('what is sent', () => {
  test.each([0, 4, 100, 5000, 524_288])('%i bytes can be opened by the data centre', async (n) => {
    const messages = new SealedMessages(key)
    messages.salt = SALT
    const data = randomBytes(n)
    const { plain, salt } = openSent(keyBytes, await messages.encryptMessageData(data))
    expect(salt).toBe(-81985529216486896n)
    expect(plain.subarray(0, n).equals(data)).toBe(true)
    expect(plain.length - n).toBeGreaterThanOrEqual(12)
    expect(plain.length - n).toBeLessThan(28)
  })
})

describe('what is received', () => {
  test('is a result, plain or packed', async () => {
    const { messages, sent } = await session()
    for (const [id, answer] of [ANSWER, gzipped(ANSWER)].entries()) {
      const body = result(77n, answer)
      const sealed = sealAnswer(keyBytes, {
        sessionId: sent.sessionId,
        id: BigInt(id * 4 + 1),
        body,
      })
      const message = await messages.decryptMessageData(sealed)
      const { reqMsgId, body: read } = message.obj as RpcResult
      expect(reqMsgId.toString()).toBe('77')
      expect(ANSWER.equals(read as Buffer)).toBe(true)
    }
  })

  test('is an error in place of a result', async () => {
    const { messages, sent } = await session()
    const refusal = new Api.RpcError({ errorCode: 420, errorMessage: 'FLOOD_WAIT_7' }).getBytes()
    for (const [id, answer] of [refusal, gzipped(refusal)].entries()) {
      const body = result(1n, answer)
      const sealed = sealAnswer(keyBytes, {
        sessionId: sent.sessionId,
        id: BigInt(id * 4 + 1),
        body,
      })
      const { obj } = await messages.decryptMessageData(sealed)
      expect((obj as RpcResult).body).toMatchObject({ name: 'FloodWait', seconds: 7 })
    }
  })

  test('fails the call alone when it cannot be unpacked', async () => {
    const { messages, sent } = await session()
    const broken = Buffer.concat([int(0x3072cfa1), serializeBytes(randomBytes(100))])
    const bomb = gzipped(Buffer.alloc(64 * 1024 * 1024))
    for (const [id, answer] of [broken, bomb].entries()) {
      const body = result(1n, answer)
      const sealed = sealAnswer(keyBytes, {
        sessionId: sent.sessionId,
        id: BigInt(id * 4 + 1),
        body,
      })
      const { obj } = await messages.decryptMessageData(sealed)
      expect((obj as RpcResult).body).toBeInstanceOf(TelegramError)
    }
  })

  test('may be several messages in a container', async () => {
    const { messages, sent } = await session()
    const pong = new Api.Pong({ msgId: returnBigInt(9), pingId: returnBigInt(8) }).getBytes()
    const unknown = int(0x12345678)
    const inner = [pong, unknown, result(5n, ANSWER)].map((body, index) =>
      Buffer.concat([long(BigInt(index)), int(1), int(body.length), body]),
    )
    const body = Buffer.concat([int(0x73f1f8dc), int(inner.length), ...inner])
    const sealed = sealAnswer(keyBytes, { sessionId: sent.sessionId, id: 101n, body })
    const { obj } = await messages.decryptMessageData(sealed)
    const { messages: read } = obj as { messages: { obj: unknown }[] }
    expect(read.map(({ obj }) => obj)).toMatchObject([
      { className: 'Pong' },
      { CONSTRUCTOR_ID: 0x12345678 },
      { body: ANSWER },
    ])
  })

  test('is refused when its id is of a client, below all that are remembered, or too old', async () => {
    const { messages, sent } = await session()
    const { sessionId } = sent
    const body = result(1n, ANSWER)
    const at = (seconds: number, count = 0) => (BigInt(seconds) << 32n) + BigInt(count * 4 + 1)
    const open = (id: bigint) =>
      messages.decryptMessageData(sealAnswer(keyBytes, { sessionId, id, body }))
    await open(at(1_000_000))
    await expect(open(at(1_000_000) - 1n), 'even').rejects.toThrow(SecurityError)
    await expect(open(at(999_600)), 'too old').rejects.toThrow(SecurityError)
    await open(at(999_800))
    for (let count = 1; count < 499; count++) await open(at(1_000_000, count))
    await expect(open(at(999_799)), 'below all').rejects.toThrow(SecurityError)
    await expect(open(at(999_800)), 'again').rejects.toThrow(SecurityError)
    await open(at(999_900))
    await expect(open(at(999_800)), 'forgotten').rejects.toThrow(SecurityError)
    await open(at(1_000_001))
  })

  test('is refused when it is not what the data centre sent to this session', async () => {
    const { messages, sent } = await session()
    const { sessionId } = sent
    const body = result(1n, ANSWER)
    const sealed = sealAnswer(keyBytes, { sessionId, id: 5n, body })
    const open = (bytes: Buffer) => messages.decryptMessageData(Buffer.from(bytes))
    await open(sealed)
    await expect(open(sealed), 'again').rejects.toThrow(SecurityError)
    for (const at of [0, 8, 24, sealed.length - 1]) {
      const changed = Buffer.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ 1
      await expect(open(changed), `byte ${at} changed`).rejects.toThrow(SecurityError)
    }
    const others = sealAnswer(keyBytes, { sessionId: randomBytes(8), id: 9n, body })
    await expect(open(others), 'of another session').rejects.toThrow(SecurityError)
    const blocks = Buffer.concat([body, Buffer.alloc(-body.length & 15)])
    for (const padding of [0, 1040]) {
      const padded = sealAnswer(keyBytes, { sessionId, id: 13n, body: blocks, padding })
      await expect(open(padded), `${padding} bytes of padding`).rejects.toThrow(SecurityError)
    }
    await expect(open(Buffer.from('6cfeffff', 'hex')), '-404').rejects.toThrow(InvalidBufferError)
  })
})
