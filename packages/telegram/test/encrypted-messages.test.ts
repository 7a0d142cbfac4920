import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { AuthKey } from 'telegram/crypto/AuthKey.js'
import { InvalidBufferError, SecurityError } from 'telegram/errors/Common.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { Api, serializeBytes } from 'telegram/tl/index.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { TelegramError } from '../src/errors.ts'
import type { RpcResult } from '../src/gramjs/received.ts'
import { EncryptedMessages } from '../src/gramjs/encrypted-messages.ts'
import { decryptRequest, encryptAnswer } from './data-centre-side.ts'

const key = new AuthKey()
const keyBytes = randomBytes(256)
beforeAll(async () => await key.setKey(keyBytes))

const SALT = returnBigInt('-81985529216486896')
const REQUEST = Buffer.from('what GramJS packs, of any length'.repeat(3))

/** A client's session, and its first message as the data centre decrypts it. */
async function session() {
  const messages = new EncryptedMessages(key)
  messages.salt = SALT
  const sent = decryptRequest(keyBytes, await messages.encryptMessageData(REQUEST))
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

describe('sent messages', () => {
  test.each([0, 4, 100, 5000, 524_288])('the data centre can decrypt %i bytes', async (n) => {
    const messages = new EncryptedMessages(key)
    messages.salt = SALT
    const data = randomBytes(n)
    const { plain, salt } = decryptRequest(keyBytes, await messages.encryptMessageData(data))
    expect(salt).toBe(-81985529216486896n)
    expect(plain.subarray(0, n).equals(data)).toBe(true)
    expect(plain.length - n).toBeGreaterThanOrEqual(12)
    expect(plain.length - n).toBeLessThan(28)
  })
})

describe('received messages', () => {
  test('a result is read, whether gzipped or not', async () => {
    const { messages, sent } = await session()
    for (const [id, answer] of [ANSWER, gzipped(ANSWER)].entries()) {
      const body = result(77n, answer)
      const encrypted = encryptAnswer(keyBytes, {
        sessionId: sent.sessionId,
        id: BigInt(id * 4 + 1),
        body,
      })
      const message = await messages.decryptMessageData(encrypted)
      const { reqMsgId, body: read } = message.obj as RpcResult
      expect(reqMsgId.toString()).toBe('77')
      expect(ANSWER.equals(read as Buffer)).toBe(true)
    }
  })

  test('an rpc_error is read as a typed error, whether gzipped or not', async () => {
    const { messages, sent } = await session()
    const refusal = new Api.RpcError({ errorCode: 420, errorMessage: 'FLOOD_WAIT_7' }).getBytes()
    for (const [id, answer] of [refusal, gzipped(refusal)].entries()) {
      const body = result(1n, answer)
      const encrypted = encryptAnswer(keyBytes, {
        sessionId: sent.sessionId,
        id: BigInt(id * 4 + 1),
        body,
      })
      const { obj } = await messages.decryptMessageData(encrypted)
      expect((obj as RpcResult).body).toMatchObject({ name: 'FloodWait', seconds: 7 })
    }
  })

  test('a result that cannot be unpacked fails only its call', async () => {
    const { messages, sent } = await session()
    const broken = Buffer.concat([int(0x3072cfa1), serializeBytes(randomBytes(100))])
    const bomb = gzipped(Buffer.alloc(64 * 1024 * 1024))
    for (const [id, answer] of [broken, bomb].entries()) {
      const body = result(1n, answer)
      const encrypted = encryptAnswer(keyBytes, {
        sessionId: sent.sessionId,
        id: BigInt(id * 4 + 1),
        body,
      })
      const { obj } = await messages.decryptMessageData(encrypted)
      expect((obj as RpcResult).body).toBeInstanceOf(TelegramError)
    }
  })

  test('the messages of a container are read', async () => {
    const { messages, sent } = await session()
    const pong = new Api.Pong({ msgId: returnBigInt(9), pingId: returnBigInt(8) }).getBytes()
    const unknown = int(0x12345678)
    const inner = [pong, unknown, result(5n, ANSWER)].map((body, index) =>
      Buffer.concat([long(BigInt(index)), int(1), int(body.length), body]),
    )
    const body = Buffer.concat([int(0x73f1f8dc), int(inner.length), ...inner])
    const encrypted = encryptAnswer(keyBytes, { sessionId: sent.sessionId, id: 101n, body })
    const { obj } = await messages.decryptMessageData(encrypted)
    const { messages: read } = obj as { messages: { obj: unknown }[] }
    expect(read.map(({ obj }) => obj)).toMatchObject([
      { className: 'Pong' },
      { CONSTRUCTOR_ID: 0x12345678 },
      { body: ANSWER },
    ])
  })

  test('a message with an even msg_id, one below all remembered ids, or one too old is refused', async () => {
    const { messages, sent } = await session()
    const { sessionId } = sent
    const body = result(1n, ANSWER)
    const at = (seconds: number, count = 0) => (BigInt(seconds) << 32n) + BigInt(count * 4 + 1)
    const open = (id: bigint) =>
      messages.decryptMessageData(encryptAnswer(keyBytes, { sessionId, id, body }))
    await open(at(1_000_000))
    await expect(open(at(1_000_000) - 1n), 'even').rejects.toThrow(SecurityError)
    await expect(open(at(999_600)), 'too old').rejects.toThrow(SecurityError)
    await open(at(999_800))
    for (let count = 1; count < 499; count++) await open(at(1_000_000, count))
    await expect(open(at(999_799)), 'below all').rejects.toThrow(SecurityError)
    await expect(open(at(999_800)), 'repeated').rejects.toThrow(SecurityError)
    await open(at(999_900))
    await expect(open(at(999_800)), 'no longer remembered').rejects.toThrow(SecurityError)
    await open(at(1_000_001))
  })

  test('a message that was changed, replayed, wrongly padded or sent to another session is refused', async () => {
    const { messages, sent } = await session()
    const { sessionId } = sent
    const body = result(1n, ANSWER)
    const encrypted = encryptAnswer(keyBytes, { sessionId, id: 5n, body })
    const open = (bytes: Buffer) => messages.decryptMessageData(Buffer.from(bytes))
    await open(encrypted)
    await expect(open(encrypted), 'repeated').rejects.toThrow(SecurityError)
    for (const at of [0, 8, 24, encrypted.length - 1]) {
      const changed = Buffer.from(encrypted)
      changed[at] = (changed[at] ?? 0) ^ 1
      await expect(open(changed), `byte ${at} changed`).rejects.toThrow(SecurityError)
    }
    const others = encryptAnswer(keyBytes, { sessionId: randomBytes(8), id: 9n, body })
    await expect(open(others), 'of another session').rejects.toThrow(SecurityError)
    const blocks = Buffer.concat([body, Buffer.alloc(-body.length & 15)])
    for (const padding of [0, 1040]) {
      const padded = encryptAnswer(keyBytes, { sessionId, id: 13n, body: blocks, padding })
      await expect(open(padded), `${padding} bytes of padding`).rejects.toThrow(SecurityError)
    }
    await expect(open(Buffer.from('6cfeffff', 'hex')), '-404').rejects.toThrow(InvalidBufferError)
  })
})
