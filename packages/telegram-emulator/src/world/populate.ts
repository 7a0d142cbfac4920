import { dirname } from 'node:path'
import { demoChannels } from '../content/demo-channels.ts'
import { storeExportedFiles } from '../desktop/exported-files.ts'
import { loadDesktopExport, readDesktopExports } from '../desktop/read-desktop-export.ts'
import { createDemoAccounts, DEMO_BOT } from './demo-accounts.ts'
import type { World } from './world.ts'

/**
 * Creates the initial content of a world: the demo channels for `demo`, nothing for `empty`, otherwise the channels of
 * the Telegram Desktop export at that path. Throws DesktopExportError, or the error of the file system.
 */
export async function populate(world: World, from: string): Promise<void> {
  await createDemoAccounts(world.accounts)
  if (from === 'demo') {
    addDemoChannels(world)
    appointDemoBot(world)
  } else if (from !== 'empty') {
    await addExportedChannels(world, from)
  }
}

/** The first demo channel is pinned, so it stays first in the dialogs of all accounts. */
function addDemoChannels({ channels }: World): void {
  const [first] = demoChannels().map((blueprint) => channels.add(blueprint))
  if (first !== undefined) channels.pin(first)
}

/** Bots get the differences only of channels in which they are admins. */
function appointDemoBot({ accounts, admins, channels }: World): void {
  const bot = accounts.withBotToken(DEMO_BOT.token)
  if (bot === undefined) return
  for (const { id } of channels.all()) if (!admins.has(id, bot.id)) admins.appoint(id, bot.id)
}

async function addExportedChannels({ channels, uploads }: World, path: string): Promise<void> {
  const text = await loadDesktopExport(path)
  const files = await storeExportedFiles(dirname(path), text, (bytes) => uploads.store(bytes))
  for (const blueprint of readDesktopExports(text, files)) channels.add(blueprint)
}
