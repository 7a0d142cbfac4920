import { AuthKey } from 'telegram/crypto/AuthKey.js'
import { BinaryReader } from 'telegram/extensions/BinaryReader.js'
import { MessagePacker } from 'telegram/extensions/MessagePacker.js'
import { ConnectionTCPFull } from 'telegram/network/connection/TCPFull.js'
import { MTProtoSender } from 'telegram/network/MTProtoSender.js'
import type { Api } from 'telegram/tl/index.js'
import type { TLMessage } from 'telegram/tl/core/index.js'
import type { DataCentre } from '../client-config.ts'
import { SessionRevoked, TelegramError, ConnectionLost } from '../errors.ts'
import { release } from '../release.ts'
import type { TelegramClock } from '../telegram-clock.ts'
import { FullTransport } from './full-transport.ts'
import type { RpcResult } from './received.ts'
import { SealedMessages, SILENT, type OpenedMessage } from './sealed-messages.ts'
import { TcpSocket } from './socket.ts'

/** A longer round trip says too little of Telegram's clock. */
const MAX_MEASURED_MS = 2_000
/** Messages refused for their time, with no other answer between them, after which the connection is given up. */
const MAX_WRONG_TIMES = 20
const WRONG_TIME_CODES: readonly number[] = [16, 17]

type GramjsOptions = ConstructorParameters<typeof MTProtoSender>[1]
type SocketClass = ConstructorParameters<typeof ConnectionTCPFull>[0]['socket']
type RpcMessage = Parameters<MTProtoSender['_handleRPCResult']>[0]

export interface SenderOptions {
  readonly localAddress: string | null
  readonly clock: TelegramClock
  readonly onEnd: (reason: TelegramError) => void
}

type PacketCodecClass = ConnectionTCPFull['PacketCodecClass']

/** Full TCP transport (`tcp_full`) to one address. */
class DcConnection extends ConnectionTCPFull {
  override PacketCodecClass = FullTransport as unknown as PacketCodecClass

  constructor(dc: DataCentre, localAddress: string | null) {
    const socket = class extends TcpSocket {
      constructor() {
        super(localAddress)
      }
    }
    super({
      ip: dc.ip,
      port: dc.port,
      dcId: dc.id,
      loggers: SILENT,
      socket: socket as unknown as SocketClass,
      testServers: false,
    })
  }

  get received(): number {
    return (this.socket as unknown as TcpSocket).received
  }

  /** GramJS leaves the socket of an unfinished connect open. */
  override async disconnect(): Promise<void> {
    await super.disconnect()
    await this.socket.close()
  }
}

/** The connection stands, but no auth key was agreed on; another try may. */
export class KeyExchangeFailed extends ConnectionLost {}

/**
 * GramJS's MTProto sender for the life of one TCP connection: it never reconnects. Whatever ends it is
 * told once to `onEnd`; whoever needs a connection opens another.
 */
export class OneShotSender extends MTProtoSender {
  readonly #key: Buffer | undefined
  readonly #connection: DcConnection
  readonly #onEnd: (reason: TelegramError) => void
  readonly #messages: SealedMessages
  readonly #clock: TelegramClock
  /** Since the last answer to a call. */
  #wrongTimes = 0

  constructor(dc: DataCentre, key: Buffer | undefined, options: SenderOptions) {
    // The client is used for its error handler only; a failure reaches us through `onEnd`.
    const client = { _errorHandler: undefined } as unknown as GramjsOptions['client']
    super(new AuthKey(), {
      logger: SILENT,
      retries: 1,
      reconnectRetries: 0,
      delay: 0,
      autoReconnect: false,
      connectTimeout: null,
      authKeyCallback: null,
      dcId: dc.id,
      isMainSender: true,
      client,
      securityChecks: true,
      _exportedSenderPromises: new Map(),
    })
    const { clock } = options
    this.#clock = clock
    this.#messages = new SealedMessages(this.authKey, (offset) => clock.measured(dc.id, offset))
    this.#messages.timeOffset = clock.offsetOf(dc.id)
    Object.assign(this, {
      _state: this.#messages,
      _sendQueue: new MessagePacker(this.#messages, SILENT),
    })
    this.#key = key
    this.#connection = new DcConnection(dc, options.localAddress)
    this.#onEnd = options.onEnd
  }

  /** Connects, and agrees on a new auth key when none was given. Answers the key in use. */
  async open(): Promise<Buffer> {
    if (this.#key) await this.authKey.setKey(this.#key)
    this._connection = this.#connection
    try {
      await this._connect()
    } catch (cause) {
      // As long as the connection stands, it was the exchange that failed: `dh_gen_retry`, a hash that does not fit.
      if (this.#key || !this.#connection.isConnected()) throw cause
      throw new KeyExchangeFailed('no auth key was agreed on', { cause })
    }
    const key = this.authKey.getKey()
    if (!key) throw new TelegramError('the key exchange left no key')
    // The exchange tells Telegram's time.
    if (!this.#key) this.#clock.measured(this.dcId, this.#messages.timeOffset)
    return key
  }

  /** Bytes that have come in so far. */
  get received(): number {
    return this.#connection.received
  }

  async close(): Promise<void> {
    this.userDisconnected = true
    await this._disconnect()
  }

  override reconnect(): void {
    this.#onEnd(new ConnectionLost('Telegram closed the connection'))
  }

  /** The id of a pong is of the time at which it was sent. Pings carry when they were, on the monotonic clock. */
  override async _handlePong(message: TLMessage): Promise<void> {
    const { pingId } = message.obj as Api.Pong
    const roundTripMs = performance.now() - Number(pingId)
    if (roundTripMs <= MAX_MEASURED_MS)
      this.#messages.measureClock(message.msgId, roundTripMs / 2000)
    await super._handlePong(message)
  }

  /** A message that was refused for its time is sent again, with an id of Telegram's time. */
  override async _handleBadNotification(message: TLMessage): Promise<void> {
    const { errorCode } = message.obj as { errorCode: number }
    if (WRONG_TIME_CODES.includes(errorCode) && ++this.#wrongTimes > MAX_WRONG_TIMES) {
      this.#onEnd(new ConnectionLost('Telegram refuses the time of every message'))
      return
    }
    await super._handleBadNotification(message)
  }

  /** GramJS waits for neither loop: an error that leaves one would end the process. */
  override async _sendLoop(): Promise<void> {
    await super._sendLoop().catch((error: unknown) => this.#endFor(error))
  }

  override async _recvLoop(): Promise<void> {
    await super._recvLoop().catch((error: unknown) => this.#endFor(error))
  }

  #endFor(cause: unknown): void {
    this.#onEnd(new ConnectionLost('the connection to Telegram failed', { cause }))
  }

  /** Transport error -404: the data centre does not know the key. */
  override _handleBadAuthKey(): void {
    this.#onEnd(new SessionRevoked('AUTH_KEY_UNKNOWN'))
  }

  /** Nothing of a message is used after it was processed: what is decoded from it has memory of its own. */
  override async _processMessage(message: TLMessage | OpenedMessage): Promise<void> {
    try {
      await super._processMessage(message)
    } finally {
      // Those of a container lie in its bytes. The socket gives every frame memory of its own.
      if ('sealed' in message) release(Buffer.from(message.sealed.buffer))
    }
  }

  /**
   * GramJS throws the errors of a call as well, and so drops the rest of the container it came in;
   * an answer to a call that nobody waits for is none of our business.
   */
  override _handleRPCResult(message: RpcMessage): void {
    const { reqMsgId, body } = message.obj as RpcResult
    this.#wrongTimes = 0
    const state = this._pendingState.getAndDelete(reqMsgId)
    if (!state) return
    if (body instanceof TelegramError) {
      state.reject(body)
      return
    }
    try {
      state.resolve(state.request.readResult(new BinaryReader(body)))
    } catch (cause) {
      state.reject(new TelegramError('Telegram sent an answer that cannot be read', { cause }))
    }
  }
}
