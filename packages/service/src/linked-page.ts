import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Returns the rows of a page and sets the header `Link` (RFC 8288) to the URL of the next page, with the id of the last
 * row as `cursor`. Callers query one row more than `limit`: `found` is longer than `limit` if there is a next page.
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
