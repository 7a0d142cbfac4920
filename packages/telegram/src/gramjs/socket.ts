import { Socket } from 'node:net'
import { ConnectionLost } from '../errors.ts'

/** Frame limit, far above Telegram's frames: a longer length means a corrupt stream. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024

/** Length, sequence number and checksum (https://core.telegram.org/mtproto/mtproto-transports#full). */
const MIN_FRAME_BYTES = 12
const LENGTH_BYTES = 4

/** Size of a socket's read buffer. The operating system commits its pages only when data is written to them. */
const READ_BYTES = 256 * 1024

/**
 * The TCP socket of a GramJS connection. It assembles the frames of the full transport and copies each byte once, from
 * the read buffer into its frame. GramJS's own socket concatenates all unread data on every read, shares one lock among
 * all sockets of the process, and cannot bind a local address.
 */
export class TcpSocket {
  readonly #socket: Socket
  readonly #localAddress: string | null
  readonly #frames: Buffer[] = []
  readonly #length = Buffer.alloc(LENGTH_BYTES)
  /** The incomplete frame; null while its length is incomplete. */
  #frame: Buffer | null = null
  /** Bytes received of the incomplete frame, or of its length. */
  #filled = 0
  #received = 0
  #wake: (() => void) | null = null

  constructor(localAddress: string | null) {
    this.#localAddress = localAddress
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
    const callback = (count: number) => {
      this.#append(buffer.subarray(0, count))
      return true
    }
    this.#socket = new Socket({ onread: { buffer, callback } })
  }

  /** Throws ConnectionLost. */
  async connect(port: number, ip: string): Promise<void> {
    const socket = this.#socket
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let cause: Error | undefined
    socket.setNoDelay(true)
    socket.on('error', (error) => (cause = error))
    socket.once('close', () => {
      reject(new ConnectionLost(`no connection to ${ip}:${port}`, { cause }))
      this.#wake?.()
    })
    socket.connect(
      { port, host: ip, ...(this.#localAddress && { localAddress: this.#localAddress }) },
      resolve,
    )
    await promise
  }

  /** Bytes received so far. */
  get received(): number {
    return this.#received
  }

  #append(bytes: Buffer): void {
    this.#received += bytes.length
    for (let at = 0; at < bytes.length;) {
      const target = this.#frame ?? this.#length
      const copied = bytes.copy(target, this.#filled, at)
      at += copied
      this.#filled += copied
      if (this.#filled < target.length) return
      if (this.#frame) this.#endFrame(this.#frame)
      else if (!this.#beginFrame(this.#length.readInt32LE(0))) return
    }
  }

  #beginFrame(length: number): boolean {
    if (length < MIN_FRAME_BYTES || length > MAX_FRAME_BYTES) {
      this.#socket.destroy(new ConnectionLost(`received a frame length of ${length} bytes`))
      return false
    }
    this.#frame = Buffer.allocUnsafeSlow(length)
    this.#length.copy(this.#frame)
    return true
  }

  #endFrame(frame: Buffer): void {
    this.#frames.push(frame)
    this.#frame = null
    this.#filled = 0
    this.#wake?.()
  }

  /**
   * Waits for the next frame, including its length prefix. The caller may modify it. Only one call at a time. Throws
   * ConnectionLost when the socket is closed.
   */
  async readFrame(): Promise<Buffer> {
    if (this.#frames.length === 0 && !this.#socket.destroyed) {
      await new Promise<void>((wake) => (this.#wake = wake))
      this.#wake = null
    }
    const frame = this.#frames.shift()
    if (!frame) throw new ConnectionLost('the connection was closed')
    return frame
  }

  /** Throws ConnectionLost when the socket is closed. */
  write(data: Buffer): void {
    if (this.#socket.destroyed) throw new ConnectionLost('the connection was closed')
    this.#socket.write(data)
  }

  /** Destroys the socket; resolves after its `close` event. */
  async close(): Promise<void> {
    if (this.#socket.closed) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#socket.once('close', () => resolve())
    this.#socket.destroy()
    await promise
  }
}
