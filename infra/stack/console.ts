import type { Death } from './processes/supervise.ts'

const NAME_WIDTH = 12

/** Output of the stack. */
export interface Console {
  /** Prints a line of the stack itself. */
  readonly say: (line: string) => void
  /** Prints a line of a process; services write pino's JSON. */
  readonly pass: (name: string, line: string) => void
  readonly died: (death: Death) => void
}

interface Output {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** On a terminal, log lines of services are formatted; otherwise each stays one JSON object. */
export async function createConsole(stdout: Output): Promise<Console> {
  const write = (line: string) => stdout.write(`${line}\n`)
  const present = stdout.isTTY === true ? await createPrettifier() : presentAsJson
  return {
    say: write,
    pass: (name, line) => write(present(name, line)),
    died({ name, cause, restartInMs, lastOutput }) {
      write(`${name} ended (${cause}); starting it again in ${restartInMs / 1000} s`)
      if (lastOutput === undefined) return
      write(`The last it said:`)
      for (const line of lastOutput) write(`  ${line}`)
    },
  }
}

function presentAsJson(name: string, line: string): string {
  return line.startsWith('{') ? line : JSON.stringify({ service: name, msg: line })
}

/** Imported only when stdout is a terminal. */
async function createPrettifier(): Promise<(name: string, line: string) => string> {
  const { prettyFactory } = await import('pino-pretty')
  const prettify = prettyFactory({
    colorize: true,
    singleLine: true,
    ignore: 'pid,hostname,service',
    translateTime: 'SYS:HH:MM:ss.l',
  })
  return (name, line) => `${name.padEnd(NAME_WIDTH)} │ ${prettify(line).trimEnd()}`
}
