import { z } from 'zod'

const Export = z.object({
  name: z.string(),
  id: z.int(),
  messages: z.array(z.record(z.string(), z.unknown())),
})

const Poll = z.looseObject({
  answers: z.array(z.object({ text: z.string(), voters: z.int() })),
})
const Part = z.object({ text: z.string() })

/** Fields that depend on the computer that wrote the export, such as dates in local time. */
const LOCAL = new Set(['date', 'edited', 'thumbnail', 'thumbnail_file_size'])

/** Parses a `result.json` of Telegram Desktop and removes what may differ between two exports of the same channel. */
export function comparable(text: string) {
  const { name, id, messages } = Export.parse(JSON.parse(text))
  return { name, id, messages: messages.map(comparableMessage) }
}

function comparableMessage(message: Readonly<Record<string, unknown>>) {
  const fields = Object.entries(message).filter(([name]) => !LOCAL.has(name))
  return Object.fromEntries(fields.map(([name, value]) => [name, comparableField(name, value)]))
}

function comparableField(name: string, value: unknown): unknown {
  if (name === 'photo' || name === 'file') return 'a path'
  // Omits `chosen`, which depends on the account that exported.
  if (name === 'poll') return Poll.parse(value)
  // Telegram Desktop writes an empty text part after some entities.
  if (name.startsWith('text') && Array.isArray(value))
    return value.filter((part) => part !== '' && Part.safeParse(part).data?.text !== '')
  return value
}
