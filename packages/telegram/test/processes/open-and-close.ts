/**
 * Opens and closes an account's connections to both data centres in a loop, and prints the used memory and leaked
 * resources after every `<every>` cycles: `node --expose-gc open-and-close.ts <config> <login> <cycles> <every>`, all
 * arguments in JSON.
 */
import { setImmediate } from 'node:timers/promises'
import {
  channels,
  connectTelegram,
  type ClientLogin,
  type FileLocation,
  type Telegram,
  type TelegramConfig,
} from '../../src/index.ts'

export interface Sample {
  readonly cycle: number
  /** Bytes in use after a garbage collection. */
  readonly heapUsed: number
  /** Active resources (timers, sockets, …) that did not exist at the start. */
  readonly resources: readonly string[]
}

const MAX_TURNS = 1000

const [config, login, cycles, every] = process.argv
  .slice(2)
  .map((text) => JSON.parse(text) as unknown)
const before = process.getActiveResourcesInfo()
let { auth } = login as ClientLogin
let location: FileLocation | null = null
const samples: Sample[] = []
for (let cycle = 1; cycle <= Number(cycles); cycle++) {
  const telegram = await connectTelegram(config as TelegramConfig, {
    ...(login as ClientLogin),
    auth,
    onAuthChanged: (changed) => void (auth = changed),
  })
  location ??= await fileElsewhere(telegram)
  await telegram.me()
  await telegram.fileChunk({ location, offset: 0, limit: 4096 })
  await telegram.close()
  if (cycle % Number(every) === 0) samples.push(await sample(cycle))
}
process.stdout.write(JSON.stringify({ samples, dcs: Object.keys(auth.keys) }))

/** The location of a file on another data centre than the account's home. */
async function fileElsewhere(telegram: Telegram): Promise<FileLocation> {
  for await (const channel of channels(telegram)) {
    const { messages } = await telegram.historyPage({ channel, afterId: 0 })
    const media = messages.map((message) => message.media)
    const file = media.find((one) => one && one.location.dcId !== auth.dcId)
    if (file) return file.location
  }
  throw new Error('every file is at home')
}

async function sample(cycle: number): Promise<Sample> {
  // Node lists a closed socket for a few more turns of the event loop; a leaked timer or socket stays listed.
  let resources = process.getActiveResourcesInfo()
  for (let turn = 0; turn < MAX_TURNS && resources.length > before.length; turn++) {
    await setImmediate()
    resources = process.getActiveResourcesInfo()
  }
  globalThis.gc?.()
  const { heapUsed } = process.memoryUsage()
  return { cycle, heapUsed, resources: resources.slice(before.length) }
}
