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
import {
  EncryptedMessages,
  isWrongTime,
  SILENT,
  type DecryptedMessage,
} from './encrypted-messages.ts'
import { TcpSocket } from './socket.ts'

/** Longest round trip from which Telegram's clock is measured: the error is up to half of it. */
const MAX_MEASURED_MS = 2_000
/** Consecutive `bad_msg_notification` for a wrong time, without an answer between them, that end the connection. */
const MAX_WRONG_TIMES = 20

type GramjsOptions = ConstructorParameters<typeof MTProtoSender>[1]
type SocketClass = ConstructorParameters<typeof ConnectionTCPFull>[0]['socket']
type RpcMessage = Parameters<MTProtoSender['_handleRPCResult']>[0]

export interface SenderOptions {
  readonly localAddress: string | null
  readonly clock: TelegramClock
  readonly onEnd: (reason: TelegramError) => void
}

type PacketCodecClass = ConnectionTCPFull['PacketCodecClass']

/** TCP connection to one data centre, with the full transport. */
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

  /** Also closes the socket of an unfinished connect, which GramJS leaves open. */
  override async disconnect(): Promise<void> {
    await super.disconnect()
    await this.socket.close()
  }
}

/** The connection is open, but the key exchange failed. It can be retried. */
export class KeyExchangeFailed extends ConnectionLost {}

/**
 * GramJS's MTProto sender for a single TCP connection: it never reconnects. Every cause of its end is reported to
 * `onEnd`.
 */
export class OneShotSender extends MTProtoSender {
  readonly #key: Buffer | undefined
  readonly #connection: DcConnection
  readonly #onEnd: (reason: TelegramError) => void
  readonly #messages: EncryptedMessages
  readonly #clock: TelegramClock
  /** Messages refused for their time since the last answer to a call. */
  #wrongTimes = 0

  constructor(dc: DataCentre, key: Buffer | undefined, options: SenderOptions) {
    // GramJS uses the client only for its error handler, which `onEnd` replaces.
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
    this.#messages = new EncryptedMessages(this.authKey, {
      onOffset: (offset) => clock.measured(dc.id, offset),
      isPending: (messageId) =>
        this._pendingState
          .values()
          .some((sent) => sent.msgId?.equals(messageId) || sent.containerId?.equals(messageId)),
    })
    this.#messages.timeOffset = clock.offsetOf(dc.id)
    Object.assign(this, {
      _state: this.#messages,
      _sendQueue: new MessagePacker(this.#messages, SILENT),
    })
    this.#key = key
    this.#connection = new DcConnection(dc, options.localAddress)
    this.#onEnd = options.onEnd
  }

  /** Connects, with a key exchange when no auth key was given. Returns the auth key. Throws KeyExchangeFailed. */
  async open(): Promise<Buffer> {
    if (this.#key) await this.authKey.setKey(this.#key)
    this._connection = this.#connection
    try {
      await this._connect()
    } catch (cause) {
      // An open connection means that the key exchange failed, by `dh_gen_retry` or a wrong hash.
      if (this.#key || !this.#connection.isConnected()) throw cause
      throw new KeyExchangeFailed('the key exchange failed', { cause })
    }
    const key = this.authKey.getKey()
    if (!key) throw new TelegramError('the key exchange left no key')
    // The key exchange has set the offset from Telegram's `server_time`.
    if (!this.#key) this.#clock.measured(this.dcId, this.#messages.timeOffset)
    return key
  }

  /** Bytes received so far. */
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

  /**
   * Measures Telegram's clock. A pong's msg_id has the time when Telegram sent it; its ping_id is the time when the ping
   * was sent, on the monotonic clock (`Link`).
   */
  override async _handlePong(message: TLMessage): Promise<void> {
    const { pingId } = message.obj as Api.Pong
    const roundTripMs = performance.now() - Number(pingId)
    if (roundTripMs <= MAX_MEASURED_MS)
      this.#messages.measureClock(message.msgId, roundTripMs / 2000)
    await super._handlePong(message)
  }

  /** Resends a message that was refused for its time, with a corrected msg_id. Ends the connection after 20 in a row. */
  override async _handleBadNotification(message: TLMessage): Promise<void> {
    const { errorCode } = message.obj as { errorCode: number }
    if (isWrongTime(errorCode) && ++this.#wrongTimes > MAX_WRONG_TIMES) {
      this.#onEnd(new ConnectionLost('Telegram refuses the msg_id of every message for its time'))
      return
    }
    await super._handleBadNotification(message)
  }

  /** Catches the loop's errors: GramJS does not await its loops, so they would be unhandled rejections. */
  override async _sendLoop(): Promise<void> {
    await super._sendLoop().catch((error: unknown) => this.#endFor(error))
  }

  override async _recvLoop(): Promise<void> {
    await super._recvLoop().catch((error: unknown) => this.#endFor(error))
  }

  #endFor(cause: unknown): void {
    this.#onEnd(new ConnectionLost('the connection to Telegram failed', { cause }))
  }

  /** Transport error -404: the data centre does not know the auth key. */
  override _handleBadAuthKey(): void {
    this.#onEnd(new SessionRevoked('AUTH_KEY_UNKNOWN'))
  }

  /** Frees a message's memory once it is processed. Safe, because decoded values are copies. */
  override async _processMessage(message: TLMessage | DecryptedMessage): Promise<void> {
    try {
      await super._processMessage(message)
    } finally {
      // Messages inside a container have no `encrypted` and share its memory. Every frame has its own ArrayBuffer.
      if ('encrypted' in message) release(Buffer.from(message.encrypted.buffer))
    }
  }

  /**
   * Settles the call of an `rpc_result`. GramJS's version also throws the call's error, which drops the rest of the
   * container. An answer without a pending call is ignored.
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
