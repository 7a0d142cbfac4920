import { createHash } from 'node:crypto'
import { unzipSync } from 'node:zlib'
import type { AuthKey } from '../../src/mtproto/auth-key.ts'
import { TestClient } from '../../src/mtproto/test-client.ts'
import type { TlObject } from '../../src/tl/object.ts'
import type { SchemaSet } from '../../src/tl/schema.ts'
import type { Served } from '../control.ts'
import { connect } from '../gramjs.ts'

/** The outcome of a call: its result, perhaps compressed, or the error. */
export type Outcome =
  | { readonly result: Buffer }
  | { readonly error: { readonly code: number; readonly text: string } }

const RPC_RESULT = 0xf35c6d01
const RPC_ERROR = 0x2144ca19

/** A session that makes the given calls and matches responses to them. */
export class FuzzedSession {
  readonly key: AuthKey
  readonly #client: TestClient
  readonly #schema: SchemaSet
  readonly #waiting = new Map<bigint, (outcome: Outcome) => void>()
  readonly #ended: Promise<undefined>

  private constructor(client: TestClient, key: AuthKey, schema: SchemaSet) {
    this.#client = client
    this.key = key
    this.#schema = schema
    this.#ended = client.closed().then(() => undefined)
  }

  /** Creates a key with the first data centre, with GramJS's handshake. */
  static async open(emulator: Served, schema: SchemaSet): Promise<FuzzedSession> {
    const [dc] = emulator.dcs
    if (dc === undefined) throw new Error('the emulator has no data centre')
    const agreed = await connect(emulator)
    const bytes = agreed.session.authKey?.getKey()
    await agreed.destroy()
    if (bytes === undefined) throw new Error('no key was agreed on')
    const key = keyOf(bytes, dc.id)
    const client = new TestClient({ port: dc.port }, { key, schema })
    await client.learnSalt()
    const session = new FuzzedSession(client, key, schema)
    void session.#receive()
    return session
  }

  /** The current server salt. */
  get salt(): bigint {
    return this.#client.salt
  }

  /** Throws if the connection closes before the response. */
  async call(call: TlObject): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    this.#waiting.set(this.#client.send(call), resolve)
    const outcome = await Promise.race([promise, this.#ended])
    if (outcome === undefined) {
      throw new Error(`the connection ended over ${JSON.stringify(call, textOfLongs)}`)
    }
    return outcome
  }

  /** The result of a call that has to succeed. */
  async ask(call: TlObject): Promise<TlObject> {
    const outcome = await this.call(call)
    if ('error' in outcome) throw new Error(`${call._}: ${outcome.error.text}`)
    return this.#schema.decode(outcome.result, (packed) => unzipSync(packed))
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  async #receive(): Promise<void> {
    while (!this.#client.socket.closed) {
      const body = await this.#client.nextEnvelope().then(
        (envelope) => envelope.body,
        () => null,
      )
      if (body === null) return
      if (body.readUInt32LE() === RPC_RESULT) this.#settle(body)
    }
  }

  #settle(body: Buffer): void {
    const callId = body.readBigInt64LE(4)
    this.#waiting.get(callId)?.(this.#outcomeOf(body.subarray(12)))
    this.#waiting.delete(callId)
  }

  #outcomeOf(result: Buffer): Outcome {
    if (result.readUInt32LE() !== RPC_ERROR) return { result }
    const { error_code: code, error_message: text } = this.#schema.decode(result)
    return { error: { code: code as number, text: text as string } }
  }
}

function keyOf(bytes: Buffer, dcId: number): AuthKey {
  const id = createHash('sha1').update(bytes).digest().toString('hex', 12)
  const unknown = { layer: null, apiId: null, device: null, accountId: null }
  return { ...unknown, id, bytes, dcId, receivesUpdates: true, createdAt: 0 }
}

export function textOfLongs(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
