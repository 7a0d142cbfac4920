import type { Socket } from 'node:net'
import { TlDecodeError } from '../tl/errors.ts'
import type { AuthKey } from './auth-key.ts'
import type { Centre, Link } from './centre.ts'
import { sealEnvelope } from './envelope.ts'
import { ByteQueue } from './framing/byte-queue.ts'
import { detectFraming } from './framing/detect.ts'
import type { Framing } from './framing/framing.ts'
import { Outlet } from './outlet.ts'
import { ProtocolError } from './protocol-error.ts'
import type { SentMessage, Session } from './session.ts'

/** Maximum concurrent calls of a connection; further ones wait unread. */
const MAX_CALLS = 64
/** Above this many unsent bytes, the connection is not read. */
const MAX_UNSENT_BYTES = 1024 * 1024
const LAST_WORDS_MS = 5000
const MAX_TIMER_MS = 2 ** 31 - 1
/** Acknowledgements are sent after this delay, unless the response is sent first. */
const ACK_DELAY_MS = 250

/** One TCP connection: framing, flow control and link conditions. */
export class Connection {
  /** IP address without port. */
  readonly peerAddress: string
  readonly #socket: Socket
  readonly #centre: Centre
  readonly #closed = new AbortController()
  readonly #input = new ByteQueue()
  readonly #outlet: Outlet
  readonly #keys = new Set<string>()
  readonly #owing = new Set<Session>()
  #framing: Framing | null = null
  #lastKey: AuthKey | null = null
  #calls = 0
  #resume: () => void = () => undefined
  /** Actions to run once there is room. */
  readonly #waiting: (() => void)[] = []
  #disconnect: NodeJS.Timeout | undefined
  #acknowledge: NodeJS.Timeout | undefined

  constructor(socket: Socket, centre: Centre) {
    this.#socket = socket
    this.#centre = centre
    this.peerAddress = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
    this.#outlet = new Outlet(
      socket,
      () => centre.options.conditionsOf?.(this.link) ?? null,
      () => this.#roomMade(),
    )
    socket.setNoDelay()
    // The read loop handles socket errors.
    socket.on('error', () => undefined)
    socket.on('drain', () => this.#roomMade())
    socket.on('close', () => {
      this.#closed.abort()
      this.#resume()
    })
  }

  /** Aborted when the connection is closed. */
  get signal(): AbortSignal {
    return this.#closed.signal
  }

  /** False if the connection is closed, or has too many unsent bytes for updates. */
  get hasRoom(): boolean {
    return !this.#closed.signal.aborted && this.#outlet.unsentBytes <= MAX_UNSENT_BYTES
  }

  /** Runs `action` when the connection has room again. Never runs it if the connection closes first. */
  onceRoom(action: () => void): void {
    this.#waiting.push(action)
  }

  get link(): Link {
    const { id: keyId = null, accountId = null } = this.#lastKey ?? {}
    return { dcId: this.#centre.options.id, peerAddress: this.peerAddress, keyId, accountId }
  }

  /** Reads until the connection ends or violates the protocol. Calls `receive` for one payload at a time. */
  async run(receive: (payload: Buffer) => Promise<void>): Promise<void> {
    try {
      for await (const chunk of this.#socket.iterator({ destroyOnReturn: false })) {
        this.#input.push(chunk as Buffer)
        const fault = await this.#receiveAll(receive)
        if (fault !== null) return this.#refuse(fault)
      }
      this.#socket.destroy()
    } catch {
      // A network error is treated like the end of the connection.
      this.#socket.destroy()
    } finally {
      clearTimeout(this.#disconnect)
      clearTimeout(this.#acknowledge)
      for (const keyId of this.#keys) this.#release(keyId)
    }
  }

  /** Sends an unencrypted payload in a frame of its own. */
  sendPayload(payload: Buffer): void {
    if (this.#framing === null || this.#closed.signal.aborted || !this.#socket.writable) return
    this.#outlet.write(this.#framing.write(payload))
  }

  /** Sends a quick ack for the payload being received, if the client requested one. */
  sendQuickAck(token: () => number): void {
    const quickAcks = this.#framing?.quickAcks
    if (quickAcks?.isWanted === true) this.#outlet.write(quickAcks.write(token()))
  }

  send(session: Session, message: SentMessage): void {
    const { key } = session
    const salt = this.#centre.salts.current(key)
    this.sendPayload(sealEnvelope(key, { ...message, salt, sessionId: session.id }, 'server'))
  }

  /** Counts this connection for a key whose possession it has proven. */
  use(key: AuthKey): void {
    this.#lastKey = key
    if (this.#keys.has(key.id)) return
    this.#keys.add(key.id)
    this.#centre.statistics.connected(key.id, this.peerAddress)
    this.#centre.ownership.take(key.id, this)
  }

  /** Resolves when another call may start. */
  async room(): Promise<void> {
    while (this.#calls >= MAX_CALLS || this.#outlet.unsentBytes > MAX_UNSENT_BYTES) {
      if (this.#closed.signal.aborted) return
      await new Promise<void>((resolve) => {
        this.#resume = resolve
      })
    }
  }

  callStarted(): void {
    this.#calls += 1
  }

  callEnded(): void {
    this.#calls -= 1
    this.#resume()
  }

  /** Closes the connection after that time, even if it is in use. Each call replaces the previous deadline. */
  disconnectAfter(seconds: number): void {
    clearTimeout(this.#disconnect)
    const delayMs = Math.min(Math.max(0, seconds) * 1000, MAX_TIMER_MS)
    this.#disconnect = setTimeout(() => this.close(), delayMs).unref()
  }

  /** Schedules an acknowledgement of a message, which is omitted if its response is sent first. */
  oweAck(session: Session, messageId: bigint): void {
    session.owedAcks.add(messageId)
    this.#owing.add(session)
    this.#acknowledge ??= setTimeout(() => this.#sendAcks(), ACK_DELAY_MS).unref()
  }

  close(): void {
    this.#outlet.flush()
    this.#socket.destroy()
  }

  /** Closes the connection after all data is sent, with a final transport error if a code is given. */
  hangUp(transportCode: number | null): void {
    if (transportCode !== null) {
      const payload = Buffer.alloc(4)
      payload.writeInt32LE(transportCode)
      this.sendPayload(payload)
    }
    this.#outlet.end()
    // Unread input would make the system reset the connection and discard the data that was sent last.
    this.#socket.resume()
    setTimeout(() => this.#socket.destroy(), LAST_WORDS_MS).unref()
  }

  #release(keyId: string): void {
    this.#centre.statistics.disconnected(keyId, this.peerAddress)
    this.#centre.ownership.release(keyId, this)
  }

  #roomMade(): void {
    this.#resume()
    if (this.hasRoom) for (const action of this.#waiting.splice(0)) action()
  }

  #sendAcks(): void {
    this.#acknowledge = undefined
    for (const session of this.#owing) {
      if (session.owedAcks.size === 0) continue
      const acks = { _: 'msgs_ack', msg_ids: [...session.owedAcks] }
      session.owedAcks.clear()
      const body = this.#centre.options.schema.layer(null).encode(acks)
      this.send(session, session.number(body, 'notification', false))
    }
    this.#owing.clear()
  }

  /** Processes the frames that have arrived. Returns the error that ends the connection, or null. */
  async #receiveAll(receive: (payload: Buffer) => Promise<void>): Promise<Error | null> {
    try {
      this.#framing ??= detectFraming(this.#input)
      while (this.#framing !== null && !this.#closed.signal.aborted) {
        const payload = this.#framing.read(this.#input)
        if (payload === null) break
        await receive(payload)
        await this.room()
      }
      return null
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  #refuse(error: Error): void {
    const isTheirs = error instanceof ProtocolError || error instanceof TlDecodeError
    const name = isTheirs ? 'connection.refused' : 'connection.failed'
    this.#centre.options.onEvent?.({ name, peerAddress: this.peerAddress, error })
    const code = error instanceof ProtocolError ? error.transportCode : null
    if (code === null) this.#socket.destroy()
    else this.hangUp(code)
  }
}
