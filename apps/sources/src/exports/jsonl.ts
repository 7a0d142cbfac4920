import { presentMessage } from '../messages/present.ts'
import type { ExportedMessage } from './queries.ts'

/** A message a line, as the API tells it. */
export async function* jsonLines(
  pages: AsyncIterable<readonly ExportedMessage[]>,
): AsyncGenerator<string> {
  for await (const page of pages)
    yield page.map((message) => `${JSON.stringify(presentMessage(message))}\n`).join('')
}
