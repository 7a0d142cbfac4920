import type { FastifyReply } from 'fastify'

/**
 * What the kernel buffers on the way takes a slow reader minutes, in which nothing moves on this side of it: then the
 * usual time for idle connections is too short.
 */
const UNMOVED_MS = 30 * 60_000

/** Lets the reader of this long answer take its time; it is dropped after half an hour in which nothing moved. */
export function letReadSlowly(reply: FastifyReply): void {
  reply.raw.socket?.setTimeout(UNMOVED_MS)
}
