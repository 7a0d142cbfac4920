import { markedChannelId } from '@telegather/telegram'
import type { MessageCounters, MessageEdit, NewPost } from '@telegather/telegram-emulator/client'
import { expect } from 'vitest'
import { addRun, addSource, runIn, type RunRecord, type World } from './scraper.ts'

/** Creates a channel with posts of today, and a source that has archived all of them. */
export async function archived(
  world: World,
  posts: number,
  settings: { rescanDays?: number } = {},
) {
  const { control } = world.emulator
  const channel = await control.addChannel({ title: 'Fresh', members: 'all' })
  const post = (message: Omit<NewPost, 'channel_id'>) =>
    control.post({ channel_id: channel.id, ...message })
  await post({ text: 'Post {n}', count: posts })
  const identifier = markedChannelId(String(channel.id))
  const { sourceId, runId } = await addSource(world, { identifier })
  await world.database.db.$client`
    update sources set rescan_days = ${settings.rescanDays ?? 2} where id = ${sourceId}`
  expect(await runIn(world, runId, ['COMPLETED'])).toMatchObject({ error: null })
  return {
    sourceId,
    post,
    /** The channel's messages in the emulator. */
    posted: () => control.messages(channel.id),
    edit: (id: number, content: MessageEdit) => control.edit(channel.id, id, content),
    count: (id: number, counters: MessageCounters) => control.setCounters(channel.id, id, counters),
    remove: (id: number) => control.delete(channel.id, id),
    run: async (): Promise<RunRecord & { log: string[] }> => {
      const id = await addRun(world, sourceId)
      const run = await runIn(world, id, ['COMPLETED', 'FAILED'])
      const lines = await world.database.db.$client<{ level: string; message: string }[]>`
        select level, message from run_logs where run_id = ${id} order by id`
      return { ...run, log: lines.map(({ level, message }) => `${level}: ${message}`) }
    },
    message: async (id: number) => {
      const [row] = await world.database.db.$client`
        select * from messages where source_id = ${sourceId} and message_id = ${id}`
      return row
    },
    versions: async () =>
      Array.from(
        await world.database.db.$client`
          select message_id, version, kind, text, content, file_version, edit_date is not null as is_edit from message_versions
          where source_id = ${sourceId} order by message_id, version`,
      ),
    files: async () =>
      Array.from(
        await world.database.db.$client`
          select message_id, version, state, path, size::int, replaced_at is not null as replaced, target
          from files where source_id = ${sourceId} order by message_id, version`,
      ),
    deleted: async () => {
      const rows = await world.database.db.$client`
        select message_id from messages where source_id = ${sourceId} and deleted_at is not null
        order by message_id`
      return rows.map((row) => row['message_id'] as number)
    },
    toAccept: async () => {
      const [row] = await world.database.db.$client`
        select deletions_to_accept from sources where id = ${sourceId}`
      return row?.['deletions_to_accept'] as number
    },
  }
}
