import { sessionsApi } from '@telegather/contracts'
import { actorOf, type App } from '@telegather/service'
import { presentSession } from '../sessions/present.ts'
import { cancelLogin } from './cancel-login.ts'
import type { LoginDeps } from './deps.ts'
import { finalizeSession } from './finalize-session.ts'
import { presentCodeSent } from './present.ts'
import { qrRoutes } from './qr-routes.ts'
import { resendOtp } from './resend-otp.ts'
import { sendOtp } from './send-otp.ts'
import { verifyOtp } from './verify-otp.ts'

export function loginRoutes(app: App, deps: LoginDeps): void {
  qrRoutes(app, deps)

  app.route({
    ...sessionsApi.sendOtp,
    handler: async (req, reply) => {
      const { phone_number: phoneNumber, session_name: sessionName } = req.body
      const input = { phoneNumber, sessionName, address: req.ip }
      return reply.code(200).send(presentCodeSent(await sendOtp(deps, actorOf(req), input)))
    },
  })

  app.route({
    ...sessionsApi.resendOtp,
    handler: async (req, reply) => {
      const input = { tempSessionId: req.body.temp_session_id, address: req.ip }
      return reply.code(200).send(presentCodeSent(await resendOtp(deps, actorOf(req), input)))
    },
  })

  app.route({
    ...sessionsApi.verifyOtp,
    handler: async (req, reply) => {
      const { requiresPassword } = await verifyOtp(deps, actorOf(req), {
        tempSessionId: req.body.temp_session_id,
        code: req.body.code ?? null,
        password: req.body.password || null,
      })
      return reply.code(200).send({
        message: requiresPassword
          ? '2FA password required'
          : 'Authentication successful. Ready to finalize.',
        requires_password: requiresPassword,
      })
    },
  })

  app.route({
    ...sessionsApi.finalize,
    handler: async (req, reply) => {
      const session = await finalizeSession(deps, actorOf(req), req.body.temp_session_id)
      return reply.code(200).send(presentSession(session))
    },
  })

  app.route({
    ...sessionsApi.cancel,
    handler: async (req, reply) => {
      await cancelLogin(deps, actorOf(req), req.body.temp_session_id)
      return reply.code(200).send({ message: 'Login cancelled' })
    },
  })
}
