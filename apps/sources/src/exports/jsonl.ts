import { presentMessage } from '../messages/present.ts'
import type { ExportedMessage } from './queries.ts'

/** Writes JSON lines: one message of the API per line. */
export async function* jsonLines(
  pages: AsyncIterable<readonly ExportedMessage[]>,
): AsyncGenerator<string> {
  for await (const page of pages)
    yield page.map((message) => `${JSON.stringify(presentMessage(message))}\n`).join('')
}
