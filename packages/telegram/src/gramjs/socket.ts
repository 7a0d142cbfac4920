import { Socket } from 'node:net'
import { ConnectionLost } from '../errors.ts'

/** Far above any frame of Telegram's; a longer one is nonsense on the wire. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024

/** Length, number, checksum (https://core.telegram.org/mtproto/mtproto-transports#full). */
const MIN_FRAME_BYTES = 12
const LENGTH_BYTES = 4

/** What the system hands over at once; only as much of it becomes memory as ever came at once. */
const READ_BYTES = 256 * 1024

/**
 * The socket under a GramJS connection. It puts together the frames of the full transport: each byte is copied once,
 * from the buffer that the system fills to its place in its frame. GramJS's own socket concatenates everything it has
 * on every read, holds one lock for all sockets of the process, and cannot choose its local address.
 */
export class TcpSocket {
  readonly #socket: Socket
  readonly #localAddress: string | null
  readonly #frames: Buffer[] = []
  readonly #length = Buffer.alloc(LENGTH_BYTES)
  /** The one that is coming in, and how much of it is there; without one, of its length. */
  #frame: Buffer | null = null
  #filled = 0
  #received = 0
  #wake: (() => void) | null = null

  constructor(localAddress: string | null) {
    this.#localAddress = localAddress
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
    const callback = (count: number) => {
      this.#take(buffer.subarray(0, count))
      return true
    }
    this.#socket = new Socket({ onread: { buffer, callback } })
  }

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

  /** Bytes that have come in so far. */
  get received(): number {
    return this.#received
  }

  #take(bytes: Buffer): void {
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
      this.#socket.destroy(new ConnectionLost(`a frame of ${length} bytes`))
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

  /** Waits for the next frame, its length included; it is the caller's to write to. One reader at a time. */
  async readFrame(): Promise<Buffer> {
    if (this.#frames.length === 0 && !this.#socket.destroyed) {
      await new Promise<void>((wake) => (this.#wake = wake))
      this.#wake = null
    }
    const frame = this.#frames.shift()
    if (!frame) throw new ConnectionLost('the connection was closed')
    return frame
  }

  write(data: Buffer): void {
    if (this.#socket.destroyed) throw new ConnectionLost('the connection was closed')
    this.#socket.write(data)
  }

  /** Resolves when the system has let the socket go. */
  async close(): Promise<void> {
    if (this.#socket.closed) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#socket.once('close', () => resolve())
    this.#socket.destroy()
    await promise
  }
}
