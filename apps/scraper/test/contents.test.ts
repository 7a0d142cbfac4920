import { afterAll, beforeAll, expect, test } from 'vitest'
import { addSource, createWorld, runIn, startWorker, type World } from './scraper.ts'

const GROUP_ID = 12_345
const at = (id: number) => ({ date_unixtime: String(1_700_000_000 + id) })
const from = { from: 'Anna Bell', from_id: 'user777' }
const actor = { actor: 'Anna Bell', actor_id: 'user777' }

/** Id of a supergroup, with five digits only. */
const GROUP = {
  name: 'A small group',
  type: 'public_supergroup',
  id: GROUP_ID,
  messages: [
    {
      id: 1,
      type: 'service',
      ...at(1),
      ...actor,
      action: 'invite_members',
      members: ['Ben Ray'],
      text: '',
    },
    {
      id: 2,
      type: 'service',
      ...at(2),
      ...actor,
      action: 'edit_group_title',
      title: 'World',
      text: '',
    },
    { id: 3, type: 'service', ...at(3), ...actor, information_text: 'Something else', text: '' },
    {
      id: 4,
      type: 'message',
      ...at(4),
      ...from,
      text: '',
      poll: {
        question: 'Tea or coffee?',
        closed: true,
        total_voters: 3,
        answers: [
          { text: 'Tea', voters: 1, chosen: false },
          { text: 'Coffee', voters: 2, chosen: false },
        ],
      },
    },
    {
      id: 5,
      type: 'message',
      ...at(5),
      ...from,
      text: '',
      contact_information: { first_name: 'Ben', last_name: 'Ray', phone_number: '12025550123' },
    },
    {
      id: 6,
      type: 'message',
      ...at(6),
      ...from,
      text: '',
      place_name: 'Café Central',
      address: 'Herrengasse 14',
      location_information: { latitude: 48.2, longitude: 16.37 },
    },
    { id: 7, type: 'message', ...at(7), ...from, via_bot: '@gif', text: 'Via a bot' },
    {
      id: 8,
      type: 'message',
      ...at(8),
      ...from,
      forwarded_from: 'A small group',
      forwarded_from_id: `channel${GROUP_ID}`,
      text: 'Forwarded',
    },
  ],
}

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.emulator.control.importExport(GROUP_ID, GROUP)
})
afterAll(() => world.close())

test('a run stores the contents of messages other than their texts, and the names of people', async () => {
  const worker = startWorker(world)
  try {
    const { sourceId, runId } = await addSource(world, { identifier: `@channel_${GROUP_ID}` })
    expect(await runIn(world, runId, ['COMPLETED', 'FAILED'])).toMatchObject({ error: null })
    const { $client: sql } = world.database.db
    const rows = await sql`
      select message_id as id, kind, content, via_bot, forward from messages
      where source_id = ${sourceId} order by message_id`
    const byId = new Map(rows.map((row) => [Number(row['id']), row]))
    expect(byId.get(1)).toMatchObject({
      kind: 'service',
      content: { action: 'invite_members', members: [{ id: expect.any(String), name: 'Ben Ray' }] },
    })
    expect(byId.get(2)).toMatchObject({ content: { action: 'edit_group_title', title: 'World' } })
    expect(byId.get(3)).toMatchObject({
      content: { action: 'custom_action', text: 'Something else' },
    })
    expect(byId.get(4)).toMatchObject({
      kind: 'poll',
      content: {
        question: 'Tea or coffee?',
        answers: [
          { text: 'Tea', voters: 1 },
          { text: 'Coffee', voters: 2 },
        ],
        total_voters: 3,
        is_closed: true,
      },
    })
    expect(byId.get(5)).toMatchObject({ kind: 'contact', content: { first_name: 'Ben' } })
    expect(byId.get(6)).toMatchObject({ kind: 'location', content: { title: 'Café Central' } })
    expect(byId.get(7)).toMatchObject({ kind: 'text', content: null, via_bot: '@gif' })
    expect(byId.get(8)).toMatchObject({
      forward: { from_id: '-1000000012345', channel_post_id: null, post_author: null },
    })
  } finally {
    await worker.stop()
  }
})
