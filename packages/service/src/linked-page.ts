import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * A page of a list whose answer is a bare array. `found` has one row more than `limit` when there is a next page; its
 * address then goes into the header `Link` (RFC 8288), with the id of the last row as `cursor`.
 */
export function linkedPage<Row extends { readonly id: number | string }>(
  request: FastifyRequest,
  reply: FastifyReply,
  { found, limit }: { readonly found: readonly Row[]; readonly limit: number },
): Row[] {
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  if (last && found.length > rows.length) void reply.header('link', nextPage(request.url, last.id))
  return rows
}

function nextPage(url: string, cursor: number | string): string {
  const [path = '', query] = url.split('?')
  const params = new URLSearchParams(query)
  params.set('cursor', String(cursor))
  return `<${path}?${params.toString()}>; rel="next"`
}
