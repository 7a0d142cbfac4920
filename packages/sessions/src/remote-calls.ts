import { callRemote, CallUnanswered, CallUnserved, type Nats } from '@telegather/events'
import { METHODS, Timeout, type MethodName } from '@telegather/telegram'
import { errorFromWire } from './wire-errors.ts'

/** No process serves calls to the session now. The call was not confirmed; an effect was not carried out. */
export class NoHolder extends Error {
  override readonly name = 'NoHolder'
}

/** A request to the lease holder of a session: a method of the Telegram port, `yield` or `release`. */
interface HolderRequest {
  readonly method: MethodName | 'yield' | 'release'
  readonly args: unknown
  readonly timeoutMs: number
  /** See `RemoteCall`. */
  readonly confirmBy?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** The holder's answer, and the epoch of its lease. */
interface Answer {
  readonly epoch: number
  /** Returns the call's result, or throws the error with which it failed at the holder. */
  readonly value: () => unknown
}

export function sessionSubject(prefix: string, sessionId: number): string {
  return `${prefix}.session.${sessionId}`
}

/**
 * Sends a call to the lease holder of a session. Throws NoHolder at once when no process subscribes to the subject, and
 * after 3 s when none confirms the call. Throws Timeout when a holder has confirmed the call and does not answer.
 */
export async function callHolder(
  nats: Nats,
  subject: string,
  request: HolderRequest,
): Promise<Answer> {
  const { epoch, outcome } = await callRemote(nats, subject, {
    ...request,
    isEffect: isEffect(request.method),
  }).catch((cause: unknown) => {
    if (cause instanceof CallUnserved) throw new NoHolder(subject, { cause })
    if (cause instanceof CallUnanswered) throw new Timeout(cause.message, { cause })
    throw cause
  })
  return {
    epoch,
    value() {
      if (outcome.status === 'failed') throw errorFromWire(outcome.error)
      return outcome.value
    },
  }
}

/** Effects must not be repeated. `yield` and `release` are idempotent. */
function isEffect(method: HolderRequest['method']): boolean {
  return method !== 'yield' && method !== 'release' && METHODS[method].kind === 'effect'
}
