import type { FastifyReply } from 'fastify'

/**
 * A slow client may take minutes to read what the kernel's socket buffers hold. The server sends nothing meanwhile, so
 * its socket looks idle for longer than the usual 2 minutes.
 */
const SLOW_READER_IDLE_MS = 30 * 60_000

/** Raises the idle timeout of a response's socket to 30 minutes, for downloads by slow clients. */
export function letReadSlowly(reply: FastifyReply): void {
  reply.raw.socket?.setTimeout(SLOW_READER_IDLE_MS)
}
