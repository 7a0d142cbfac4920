import { AuthKey } from 'telegram/crypto/AuthKey.js'
import { BinaryReader } from 'telegram/extensions/BinaryReader.js'
import { Logger, LogLevel } from 'telegram/extensions/Logger.js'
import { MessagePacker } from 'telegram/extensions/MessagePacker.js'
import { ConnectionTCPFull } from 'telegram/network/connection/TCPFull.js'
import { MTProtoSender } from 'telegram/network/MTProtoSender.js'
import type { TLMessage } from 'telegram/tl/core/index.js'
import type { DataCentre } from '../client-config.ts'
import { SessionRevoked, TelegramError, ConnectionLost } from '../errors.ts'
import { release } from '../release.ts'
import { FullTransport } from './full-transport.ts'
import type { RpcResult } from './received.ts'
import { SealedMessages, type OpenedMessage } from './sealed-messages.ts'
import { TcpSocket } from './socket.ts'

/** GramJS writes to the console at every level but this one. */
const SILENT = new Logger(LogLevel.NONE)

type SenderOptions = ConstructorParameters<typeof MTProtoSender>[1]
type SocketClass = ConstructorParameters<typeof ConnectionTCPFull>[0]['socket']
type RpcMessage = Parameters<MTProtoSender['_handleRPCResult']>[0]

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

/**
 * GramJS's MTProto sender for the life of one TCP connection: it never reconnects. Whatever ends it is
 * told once to `onEnd`; whoever needs a connection opens another.
 */
export class OneShotSender extends MTProtoSender {
  readonly #key: Buffer | undefined
  readonly #connection: DcConnection
  readonly #onEnd: (reason: TelegramError) => void

  constructor(
    dc: DataCentre,
    key: Buffer | undefined,
    options: { localAddress: string | null; onEnd: (reason: TelegramError) => void },
  ) {
    // The client is used for its error handler only; a failure reaches us through `onEnd`.
    const client = { _errorHandler: undefined } as unknown as SenderOptions['client']
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
    const messages = new SealedMessages(this.authKey)
    Object.assign(this, { _state: messages, _sendQueue: new MessagePacker(messages, SILENT) })
    this.#key = key
    this.#connection = new DcConnection(dc, options.localAddress)
    this.#onEnd = options.onEnd
  }

  /** Connects, and agrees on a new auth key when none was given. Answers the key in use. */
  async open(): Promise<Buffer> {
    if (this.#key) await this.authKey.setKey(this.#key)
    this._connection = this.#connection
    await this._connect()
    const key = this.authKey.getKey()
    if (!key) throw new TelegramError('the key exchange left no key')
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
