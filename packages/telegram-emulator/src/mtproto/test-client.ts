import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { unzipSync } from 'node:zlib'
import { GZIP_PACKED } from '../tl/constructor-ids.ts'
import type { TlObject } from '../tl/object.ts'
import type { SchemaSet } from '../tl/schema.ts'
import type { AuthKey } from './auth-key.ts'
import { openEnvelope, sealEnvelope, type Envelope } from './envelope.ts'
import { ByteQueue } from './framing/byte-queue.ts'
import type { Framing } from './framing/framing.ts'
import { fullFraming } from './framing/full.ts'
import { MessageIds } from './message-id.ts'

/** A client for tests that sends any message, valid or invalid. */

export interface ReceivedMessage {
  readonly messageId: bigint
  readonly seqNo: number
  /** An `rpc_result` has the fields `req_msg_id`, `packed` and, except for vectors, `result`. */
  readonly object: TlObject
}

const RPC_RESULT = 0xf35c6d01

export class TestClient {
  readonly socket: Socket
  readonly sessionId = randomBytes(8).readBigInt64LE()
  salt = 0n
  readonly #schema: SchemaSet
  readonly #key: AuthKey
  readonly #framing: Framing
  readonly #ids = new MessageIds()
  readonly #payloads: Buffer[] = []
  readonly #input = new ByteQueue()
  #contentMessages = 0
  #wake: () => void = () => undefined

  constructor(
    to: { readonly port: number; readonly localAddress?: string | undefined },
    identity: { readonly key: AuthKey; readonly schema: SchemaSet },
    framing: Framing = fullFraming(),
  ) {
    this.#key = identity.key
    this.#schema = identity.schema
    this.#framing = framing
    this.socket = connect({ ...to, host: '127.0.0.1' })
    this.socket.on('error', () => undefined)
    this.socket.on('close', () => this.#wake())
    this.socket.on('data', (chunk) => {
      this.#input.push(chunk)
      for (;;) {
        const payload = framing.read(this.#input)
        if (payload === null) break
        this.#payloads.push(payload)
        this.#wake()
      }
    })
  }

  nextMessageId(): bigint {
    return this.#ids.next('answer') - 1n
  }

  nextSeqNo(needsAck: boolean): number {
    const seqNo = this.#contentMessages * 2 + (needsAck ? 1 : 0)
    if (needsAck) this.#contentMessages += 1
    return seqNo
  }

  encode(object: TlObject): Buffer {
    return this.#schema.layer(null).encode(object)
  }

  /** Sends a message and returns its id. `overrides` replaces fields of the envelope. */
  send(message: TlObject | Buffer, overrides: Partial<Envelope> = {}): bigint {
    const body = Buffer.isBuffer(message) ? message : this.encode(message)
    const { salt, sessionId } = this
    const envelope: Envelope = {
      salt,
      sessionId,
      messageId: overrides.messageId ?? this.nextMessageId(),
      seqNo: overrides.seqNo ?? this.nextSeqNo(true),
      body,
      ...overrides,
    }
    this.sendPayload(sealEnvelope(this.#key, envelope, 'client'))
    return envelope.messageId
  }

  sendPayload(payload: Buffer): void {
    for (const part of this.#framing.write(payload)) this.socket.write(part)
  }

  async nextPayload(): Promise<Buffer> {
    for (;;) {
      const payload = this.#payloads.shift()
      if (payload !== undefined) return payload
      if (this.socket.closed) throw new Error('the connection is closed')
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** The next message, encoded. */
  async nextEnvelope(): Promise<Envelope> {
    return openEnvelope(this.#key, await this.nextPayload(), 'server')
  }

  async next(): Promise<ReceivedMessage> {
    const { messageId, seqNo, body } = await this.nextEnvelope()
    return { messageId, seqNo, object: this.#decode(body) }
  }

  /** The next message with that name; skips others. */
  async nextOf(name: string): Promise<ReceivedMessage> {
    for (;;) {
      const message = await this.next()
      if (message.object._ === name) return message
    }
  }

  /** Learns the salt like real clients: from `bad_server_salt`. */
  async learnSalt(): Promise<void> {
    this.send({ _: 'ping', ping_id: 0n })
    const { object } = await this.nextOf('bad_server_salt')
    this.salt = object['new_server_salt'] as bigint
  }

  async closed(): Promise<void> {
    if (!this.socket.closed) await once(this.socket, 'close')
  }

  close(): Promise<void> {
    this.socket.destroy()
    return this.closed()
  }

  #decode(body: Buffer): TlObject {
    if (body.readUInt32LE() !== RPC_RESULT) return this.#schema.decode(body)
    const packed = body.readUInt32LE(12) === GZIP_PACKED
    const result = this.#schema.decode(body.subarray(12), (data) => unzipSync(data))
    return { _: 'rpc_result', req_msg_id: body.readBigInt64LE(4), packed, result }
  }
}
