import { pino, stdTimeFunctions, type DestinationStream, type LogFn, type Logger } from 'pino'
import pretty from 'pino-pretty'
import { redactFields, redactText } from './redact.ts'

/** Logs JSON lines to stdout, or readable lines when stdout is a terminal. Secrets are redacted. */
export function createLog(
  { name, level }: { name: string; level: string },
  destination: DestinationStream = defaultDestination(),
): Logger {
  const log = pino(
    {
      level,
      base: { service: name, pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: redactFields },
      // `redactFields` has already made a plain object of the error, which pino's default serializer does not accept.
      serializers: { err: (err) => err },
      hooks: { streamWrite: redactText, logMethod: messageOfBareError },
    },
    destination,
  )
  return redactChildren(log)
}

/** Logs a bare error with its name as the message; pino would use the error's whole message. */
function messageOfBareError(this: Logger, args: unknown[], method: LogFn): void {
  const [first, ...rest] = args
  if (first instanceof Error && rest.length === 0) method.call(this, { err: first }, first.name)
  else Reflect.apply(method, this, args)
}

/** Redacts the fields of child loggers, which pino's `formatters.log` does not cover. Grandchildren inherit this. */
function redactChildren(log: Logger): Logger {
  // oxlint-disable-next-line typescript/unbound-method -- the proxy passes the logger on
  log.child = new Proxy(log.child, {
    apply: (child, parent, [fields, options]: Parameters<Logger['child']>) =>
      Reflect.apply(child, parent, [redactFields(fields), options]),
  })
  return log
}

function defaultDestination(): DestinationStream {
  return process.stdout.isTTY
    ? pretty({ sync: true, ignore: 'pid', translateTime: 'SYS:HH:MM:ss.l' })
    : pino.destination({ dest: 1, sync: true })
}
