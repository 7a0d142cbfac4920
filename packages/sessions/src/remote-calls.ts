import { callRemote, CallUnanswered, CallUnserved, type Nats } from '@telegather/events'
import { METHODS, Timeout, type MethodName } from '@telegather/telegram'
import { errorFromWire } from './wire-errors.ts'

/** No process takes calls to the session now. An effect is not carried out. */
export class NoHolder extends Error {
  override readonly name = 'NoHolder'
}

/** What one process asks of the lease holder of a session: a call of the port, or to give the session up. */
interface HolderRequest {
  readonly method: MethodName | 'yield' | 'release'
  readonly args: unknown
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** The holder's answer, and the epoch of its term. */
interface Answer {
  readonly epoch: number
  /** Throws the error that the call ended with at the holder. */
  readonly value: () => unknown
}

export function sessionSubject(prefix: string, sessionId: number): string {
  return `${prefix}.session.${sessionId}`
}

/**
 * Has the lease holder of a session make a call. Throws NoHolder at once when no process subscribes to the subject, and
 * after 3 s when none confirms the call; Timeout when a holder that has confirmed the call does not answer.
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

/** A session may be given up twice without harm. */
function isEffect(method: HolderRequest['method']): boolean {
  return method !== 'yield' && method !== 'release' && METHODS[method].kind === 'effect'
}
