/** The transport error for an unknown auth key. */
export const UNKNOWN_KEY = -404

/** A protocol violation by a client. Its connection is closed, after a transport error if there is a code. */
export class ProtocolError extends Error {
  /** Sent last on the connection: -404 for an unknown key or a failed handshake. */
  readonly transportCode: number | null

  constructor(message: string, transportCode: number | null = null) {
    super(message)
    this.name = 'ProtocolError'
    this.transportCode = transportCode
  }
}
