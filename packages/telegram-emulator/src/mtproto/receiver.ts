import { TlDecodeError } from '../tl/errors.ts'
import type { Inflate } from '../tl/reader.ts'
import { TlWriter } from '../tl/writer.ts'
import { refuseCall, startCall, type Origin } from './calls.ts'
import type { Centre } from './centre.ts'
import type { Connection } from './connection.ts'
import { readContainer, isContainer, type Message } from './container.ts'
import { openEnvelope } from './envelope.ts'
import { createInflate } from './gzip.ts'
import { Handshake } from './handshake.ts'
import { quickAckToken } from './key-derivation.ts'
import { BAD_MESSAGE, faultOfMessageId, MessageIds, type BadMessageCode } from './message-id.ts'
import { ProtocolError } from './protocol-error.ts'
import { RpcError } from './rpc.ts'
import { reply, serviceOf } from './service-messages.ts'
import type { Session } from './session.ts'

const PLAIN_HEADER_BYTES = 20

/** Decodes the payloads of one connection, message by message. */
export class Receiver {
  readonly #centre: Centre
  readonly #connection: Connection
  readonly #handshake: Handshake
  readonly #messageIds: MessageIds

  constructor(centre: Centre, connection: Connection) {
    this.#centre = centre
    this.#connection = connection
    this.#messageIds = new MessageIds(centre.clock)
    const { id: dcId, rsaKey, keys, schema } = centre.options
    const onKey = centre.salts.agree.bind(centre.salts)
    this.#handshake = new Handshake({
      dcId,
      rsaKey,
      keys,
      schema,
      onKey,
      clock: centre.clock,
      refuse: () => centre.options.refuseKey?.(connection.peerAddress) ?? null,
    })
  }

  /** @throws ProtocolError or TlDecodeError if the client violates the protocol */
  async receive(payload: Buffer): Promise<void> {
    if (payload.length < PLAIN_HEADER_BYTES) throw new ProtocolError('a payload that is too short')
    if (payload.readBigInt64LE() === 0n) this.#receivePlain(payload)
    else await this.#receiveEncrypted(payload)
  }

  /** Unencrypted: no key, message id, length, body. */
  #receivePlain(payload: Buffer): void {
    const length = payload.readUInt32LE(16)
    if (length > payload.length - PLAIN_HEADER_BYTES)
      throw new ProtocolError('a wrong length', -404)
    const { schema } = this.#centre.options
    const body = payload.subarray(PLAIN_HEADER_BYTES, PLAIN_HEADER_BYTES + length)
    const answer = schema.layer(null).encode(this.#handshake.answer(schema.decode(body)))
    const writer = new TlWriter(answer.length + PLAIN_HEADER_BYTES)
    writer.int64(0n)
    writer.int64(this.#messageIds.next('answer'))
    writer.int32(answer.length)
    writer.raw(answer)
    this.#connection.sendPayload(writer.take())
  }

  async #receiveEncrypted(payload: Buffer): Promise<void> {
    const { options, sessions, salts } = this.#centre
    const key = options.keys.get(payload.toString('hex', 0, 8))
    if (key === undefined || key.dcId !== options.id) {
      throw new ProtocolError('an unknown auth key', -404)
    }
    const message = openEnvelope(key, payload, 'client')
    this.#connection.use(key)
    const session = sessions.of(key, message.sessionId)
    const fault = faultOfMessageId(message.messageId, this.#centre.clock())
    if (fault === BAD_MESSAGE.idTooLow || fault === BAD_MESSAGE.idTooHigh) options.onWrongTime?.()
    if (fault !== null) return this.#reject(session, message, fault)
    if (!salts.isValid(key, message.salt)) {
      return this.#reject(session, message, BAD_MESSAGE.wrongSalt)
    }
    this.#connection.sendQuickAck(() => quickAckToken(key.bytes, message.plain))
    if (!isContainer(message.body)) return this.#receiveMessage(session, message, createInflate())
    await this.#receiveContainer(session, message)
  }

  async #receiveContainer(session: Session, container: Message): Promise<void> {
    const messages = readContainer(container)
    if (messages === null) return this.#reject(session, container, BAD_MESSAGE.badContainer)
    if (session.receive(container.messageId) !== 'new') return
    const inflate = createInflate()
    for (const message of messages) await this.#receiveMessage(session, message, inflate)
  }

  async #receiveMessage(session: Session, message: Message, inflate: Inflate): Promise<void> {
    const { messageId } = message
    const origin = { centre: this.#centre, connection: this.#connection, session, messageId }
    const novelty = session.receive(messageId)
    if (novelty === 'duplicate') return this.#repeat(session, message)
    if (novelty === 'unknown') return this.#reject(session, message, BAD_MESSAGE.tooOldToVerify)
    this.#announce(origin)
    const object = this.#decode(origin, message.body, inflate)
    if (object === null) return
    const service = serviceOf(object._)
    if (service !== undefined) return service(origin, object)
    // An odd number where an even one is due is accepted, as by Telegram: mtcute gives all messages odd numbers.
    if (message.seqNo % 2 === 0) return this.#reject(session, message, BAD_MESSAGE.oddSeqNoExpected)
    await this.#connection.room()
    startCall(origin, object)
  }

  #decode(origin: Origin, body: Buffer, inflate: Inflate) {
    try {
      return this.#centre.options.schema.decode(body, inflate)
    } catch (error) {
      if (!(error instanceof TlDecodeError)) throw error
      const isUnknown = error.reason === 'unknown_constructor'
      const text = isUnknown ? 'INPUT_CONSTRUCTOR_INVALID' : 'INPUT_FETCH_ERROR'
      refuseCall(origin, new RpcError(400, text))
      return null
    }
  }

  /** A repeated message: the client may have missed the response. */
  #repeat(session: Session, message: Message): void {
    const answer = session.answerTo(message.messageId)
    if (answer !== undefined) this.#connection.send(session, answer)
    else if (session.running.has(message.messageId)) {
      this.#connection.oweAck(session, message.messageId)
    } else if (message.seqNo % 2 !== 0) {
      this.#reject(session, message, BAD_MESSAGE.tooOldToVerify)
    }
  }

  #announce({ session, messageId }: Origin): void {
    if (session.isAnnounced) return
    session.isAnnounced = true
    const body = this.#centre.options.schema.layer(null).encode({
      _: 'new_session_created',
      first_msg_id: messageId,
      unique_id: session.uniqueId,
      server_salt: this.#centre.salts.current(session.key),
    })
    this.#connection.send(session, session.number(body, 'notification', true))
  }

  #reject(session: Session, message: Message, code: BadMessageCode): void {
    const { messageId, seqNo } = message
    const origin = { centre: this.#centre, connection: this.#connection, session, messageId }
    const fields = { bad_msg_id: messageId, bad_msg_seqno: seqNo, error_code: code }
    const salt = this.#centre.salts.current(session.key)
    reply(
      origin,
      code === BAD_MESSAGE.wrongSalt
        ? { _: 'bad_server_salt', ...fields, new_server_salt: salt }
        : { _: 'bad_msg_notification', ...fields },
    )
  }
}
