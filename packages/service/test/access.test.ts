import type { Actor, Scope } from '@telegather/contracts'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { actorOf, DomainError, protectRoutes, type App } from '../src/index.ts'
import { startServer } from './server.ts'

const actor = (...scopes: Scope[]): Actor => ({ keyId: 'k', owner: { kind: 'operator' }, scopes })

const answerActor = (url: string, scope: 'sources:read' | 'sources:write' | 'any' | null) => ({
  method: 'POST' as const,
  url,
  scope,
  schema: { body: z.strictObject({}) },
  handler: async (request: Parameters<typeof actorOf>[0]) => actorOf(request),
})

/** Test authentication: the caller's scopes are in the header `x-scopes`. */
function routes(app: App): void {
  protectRoutes(app, {
    authenticate({ headers }) {
      const given = headers['x-scopes']
      if (typeof given !== 'string') throw new DomainError('unauthorized', 'No scopes')
      return actor(...(given.split(',') as Scope[]))
    },
    isPage: (url) => url === '/page',
  })
  app.route(answerActor('/write', 'sources:write'))
  app.route(answerActor('/any', 'any'))
  app.route(answerActor('/public', null))
  app.get('/page', async () => ({ page: true }))
}

test('a route requires its scope and checks it before the body is read', async () => {
  await using server = await startServer(routes)
  const ask = async (path: string, scopes?: string) => {
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(scopes && { 'x-scopes': scopes }) },
      body: scopes?.includes('broken') ? '{' : '{}',
    })
    return { status: response.status, body: await response.json() }
  }
  expect(await ask('/write', 'sources:write')).toEqual({
    status: 200,
    body: actor('sources:write'),
  })
  expect(await ask('/write', '*')).toMatchObject({ status: 200 })
  expect(await ask('/write')).toMatchObject({ status: 401, body: { detail: 'No scopes' } })
  for (const scopes of ['sources:read', 'sources', 'sources:*', 'sources:read,broken'])
    expect(await ask('/write', scopes)).toMatchObject({
      status: 403,
      body: { code: 'scope_missing', detail: 'This key lacks the scope sources:write' },
    })
  expect(await ask('/any', 'audit:read')).toMatchObject({ status: 200 })
  expect(await ask('/any')).toMatchObject({ status: 401 })
})

test('pages and public routes do not authenticate', async () => {
  await using server = await startServer(routes)
  expect((await fetch(`${server.url}/page`)).status).toBe(200)
  expect((await fetch(`${server.url}/health`)).status).toBe(200)
  const answer = await fetch(`${server.url}/public`, { method: 'POST' })
  expect(answer.status).not.toBe(401)
})

test('HEAD requires the scope of GET', async () => {
  await using server = await startServer((app) => {
    protectRoutes(app, { authenticate: () => actor('audit:read') })
    app.route({ ...answerActor('/read', 'sources:read'), method: 'GET', schema: {} })
  })
  expect((await fetch(`${server.url}/read`, { method: 'HEAD' })).status).toBe(403)
})

test('a route without a contract is refused at registration', async () => {
  await expect(
    startServer((app) => {
      protectRoutes(app, { authenticate: () => actor('*') })
      app.get('/forgotten', async () => ({}))
    }),
  ).rejects.toThrow('GET /forgotten has no contract')
})
