import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ControlError, emulatorClient, type EmulatorClient } from '../src/client.ts'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'

let emulator: OpenEmulator
let client: EmulatorClient
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
  client = emulatorClient(emulator)
})
afterAll(() => emulator.close())

describe('the typed client of the control API', () => {
  test('posts, edits and deletes messages of a channel that it created', async () => {
    const channel = await client.addChannel({ title: 'News', username: 'client_news' })
    expect(await client.channels()).toContainEqual(channel)
    const first = await client.post({ channel_id: channel.id, text: 'one' })
    const many = await client.post({ channel_id: channel.id, text: 'no {n}', count: 3 })
    expect(many).toMatchObject({ first_id: first.id + 1, count: 3 })
    await client.edit(channel.id, first.id, { text: 'changed' })
    await client.setCounters(channel.id, first.id, { views: 7, reactions: { '👍': 2 } })
    await client.delete(channel.id, many.id)
    const texts = (await client.messages(channel.id)).map(({ text }) => text)
    expect(texts).toEqual(['changed', 'no 1', 'no 2'])
    const generated = await client.generate(channel.id, { messages: 10, seed: 1 })
    expect(generated.messages).toBe(10)
  })

  test('creates accounts, bots, groups and members', async () => {
    const nora = await client.putAccount({ phone: '+9996621001', first_name: 'Nora' })
    const bot = await client.addBot({ username: 'client_bot' })
    expect(bot.bot_token).toMatch(/^\d+:/)
    const group = await client.addGroup({ title: 'Us', creator: nora.id, members: [bot.id] })
    const written = await client.post({ group_id: group.id, from: nora.id, text: 'hello' })
    expect(written.id).toBeGreaterThan(0)
    expect(await client.migrateGroup(group.id)).toMatchObject({ id: group.id, title: 'Us' })
    const channel = await client.addChannel({ title: 'Members', members: 'none' })
    expect(await client.changeMembers(channel.id, { add: [nora.id] })).toEqual({
      members: [nora.id],
    })
    expect(await client.changeAdmins(channel.id, { add: [nora.id] })).toEqual({ admins: [nora.id] })
  })

  test('places and removes faults', async () => {
    const fault = await client.placeFault({ kind: 'latency', delay_ms: 1 })
    expect(await client.faults()).toEqual([fault])
    await client.removeFault(fault.id)
    expect(await client.removeFaults()).toEqual([])
  })

  test('a refused request is a ControlError with the code and the sentence', async () => {
    const refused = client.changeMembers(404, { add: [] })
    await expect(refused).rejects.toBeInstanceOf(ControlError)
    await expect(refused).rejects.toMatchObject({ status: 404, code: 'channel_not_found' })
  })
})
