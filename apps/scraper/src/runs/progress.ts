import type { RunProgress } from '@telegather/contracts'
import type { HistoryPage, Telegram } from '@telegather/telegram'

/** The window over which speeds are averaged. */
const WINDOW_MS = 10_000

/** A worker's progress in memory, ahead of what is committed in Postgres. */
export interface Progress {
  /** Wraps the Telegram port: each history page reports the channel's number of messages. */
  readonly watch: (telegram: Telegram) => Telegram
  /** A page was stored. */
  readonly stored: (messages: number) => void
  /** Yields the file's bytes unchanged and counts them. */
  readonly file: (
    file: TransferredFile,
    bytes: AsyncIterable<Uint8Array>,
  ) => AsyncGenerator<Uint8Array>
  readonly snapshot: () => RunProgress
}

interface TransferredFile {
  readonly messageId: number
  readonly name: string | null
  readonly size: number
  /** Where in the file the bytes begin. */
  readonly offset: number
}

interface Sample {
  readonly at: number
  readonly messages: number
  readonly bytes: number
}

interface OpenFile {
  readonly message_id: number
  readonly name: string | null
  readonly size: number
  bytes_done: number
}

/**
 * Starts counting. `alreadyStored`: the channel's messages stored by earlier attempts; null where the number of messages
 * left cannot be computed from it.
 */
export function createProgress(alreadyStored: number | null): Progress {
  const startedAt = performance.now()
  const files = new Set<OpenFile>()
  const samples: [Sample, ...Sample[]] = [{ at: startedAt, messages: 0, bytes: 0 }]
  let messages = 0
  let bytes = 0
  let total: number | null = null

  async function* file(
    { messageId, name, size, offset }: TransferredFile,
    chunks: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    const open: OpenFile = { message_id: messageId, name, size, bytes_done: offset }
    files.add(open)
    try {
      for await (const chunk of chunks) {
        open.bytes_done += chunk.length
        bytes += chunk.length
        yield chunk
      }
    } finally {
      files.delete(open)
    }
  }

  function snapshot(): RunProgress {
    const at = performance.now()
    samples.push({ at, messages, bytes })
    while (samples.length > 2 && samples[0].at < at - WINDOW_MS) samples.shift()
    const [first] = samples
    const seconds = Math.max(at - first.at, 1) / 1000
    const left =
      total === null || alreadyStored === null || messages === 0
        ? null
        : Math.max(0, total - alreadyStored - messages)
    return {
      messages_per_second: rounded((messages - first.messages) / seconds),
      bytes_per_second: Math.round((bytes - first.bytes) / seconds),
      files: [...files].map((open) => ({ ...open })),
      messages_left: left,
      // Estimated from the average speed of the whole attempt, which includes the time for files.
      estimated_end:
        left === null
          ? null
          : new Date(Date.now() + (left / messages) * (at - startedAt)).toISOString(),
    }
  }

  return {
    watch: (telegram) => ({
      ...telegram,
      historyPage: async (...args): Promise<HistoryPage> => {
        const page = await telegram.historyPage(...args)
        total = page.totalCount
        return page
      },
    }),
    stored(count) {
      messages += count
    },
    file,
    snapshot,
  }
}

function rounded(perSecond: number): number {
  return Math.round(perSecond * 10) / 10
}
