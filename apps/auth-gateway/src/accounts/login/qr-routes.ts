import { sessionsApi } from '@telegather/contracts'
import { actorOf, type App } from '@telegather/service'
import { checkQr } from './check-qr.ts'
import type { LoginDeps } from './deps.ts'
import { presentQr } from './present.ts'
import { startQr } from './start-qr.ts'

/**
 * The former path of the status, for older clients. It is hidden from OpenAPI, where it is ambiguous with
 * `/sessions/{session_id}/test`.
 */
const formerQrStatus = {
  ...sessionsApi.qrStatus,
  url: '/sessions/qr/:temp_session_id',
  schema: { ...sessionsApi.qrStatus.schema, hide: true },
} as const

export function qrRoutes(app: App, deps: LoginDeps): void {
  app.route({
    ...sessionsApi.startQr,
    handler: async (req, reply) => {
      const input = { sessionName: req.body.session_name, address: req.ip }
      return reply.code(200).send(presentQr(await startQr(deps, actorOf(req), input)))
    },
  })

  for (const contract of [sessionsApi.qrStatus, formerQrStatus])
    app.route({
      ...contract,
      handler: async (req, reply) => {
        const state = await checkQr(deps, actorOf(req), req.params.temp_session_id)
        return reply.code(200).send(presentQr(state))
      },
    })
}
