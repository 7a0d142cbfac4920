import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { App } from '@telegather/service'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { describeAnswers } from './describe-answers.ts'
import { describeAccess, SECURITY_SCHEMES } from './describe-access.ts'
import { dropUnusedSchemas } from './drop-unused-schemas.ts'

const DESCRIPTION = `Log Telegram accounts in, archive their channels, and read what was archived.

Errors are problem documents (RFC 9457). Programs match \`code\`, which is stable; \`detail\` is a sentence for people and
may change. Each operation lists its codes; the codes of all operations are in the \`default\` response.
A path with a trailing slash is the same as the path without.

Where API keys are required, every operation names the scope that a key needs; \`*\` stands for all scopes.`

/** Serves the OpenAPI 3.1 document at `/docs/json`, its page at `/docs`, and links to them at `/`. */
export async function docsRoutes(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Telegather',
        version: '0.1.0',
        description: DESCRIPTION,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'The server of this document' }],
      components: { securitySchemes: SECURITY_SCHEMES },
      tags: [
        { name: 'sessions', description: 'Logged-in Telegram accounts' },
        { name: 'sources', description: 'Channels to archive' },
        { name: 'runs', description: 'Executions of a source' },
        { name: 'messages', description: 'What was archived' },
        { name: 'files', description: 'Files of archived messages' },
        { name: 'auth', description: 'Logins of browsers' },
        { name: 'keys', description: 'API keys' },
        { name: 'audit', description: 'Who did what' },
      ],
    },
    transform: (input) =>
      jsonSchemaTransform({ ...input, schema: describeAccess(input.schema, input.route) }),
    transformObject: (input) =>
      dropUnusedSchemas(describeAnswers(jsonSchemaTransformObject(input))),
  })
  await app.register(swaggerUi, { routePrefix: '/docs' })

  app.get('/', { schema: { hide: true } }, async (req, reply) => {
    if (req.headers.accept?.includes('text/html')) return reply.redirect('/docs')
    return reply.send({
      name: 'Telegather',
      docs: '/docs',
      openapi: '/docs/json',
      health: '/health',
      ready: '/ready',
    })
  })
}
