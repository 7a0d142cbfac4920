import { Api } from 'telegram/tl/index.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { TestClient } from '../src/mtproto/test-client.ts'
import { loadSchemas } from '../src/tl/layers.ts'
import { control } from './control.ts'
import { connect, signIn } from './gramjs.ts'
import { smallChannel } from './small-channel.ts'

let emulator: OpenEmulator

beforeAll(async () => {
  const options = { port: 0, controlPort: 0, world: 'empty', dataDir: null }
  emulator = await startEmulator({ ...options, strictOwnership: true })
  emulator.world.channels.add(
    smallChannel({ id: 8001n, title: 'Posts', username: 'some_posts', ids: [1, 10] }),
  )
})

afterAll(() => emulator.close())

test('a key used from a second address is destroyed, and so are the authorizations imported from it', async () => {
  const owner = await connect(emulator)
  await signIn(owner, '+9996621001')
  // The file is on the other data centre, so GramJS signs in there as well.
  const [post] = await owner.getMessages('some_posts', { ids: [10] })
  await owner.downloadMedia(post?.media as Api.MessageMediaDocument, {})
  const keys = emulator.world.authKeys.ofAccount(6_000_021_001n)
  expect(new Set(keys.map(({ dcId }) => dcId))).toEqual(new Set([2, 4]))

  const home = keys.find(({ dcId }) => dcId === 2)
  const dc = emulator.dcs.find(({ id }) => id === 2)
  if (home === undefined || dc === undefined) throw new Error('the account lives on 2')
  const thief = new TestClient(
    { port: dc.port, localAddress: '127.0.0.2' },
    { key: home, schema: loadSchemas() },
  )
  await thief.learnSalt()
  thief.send({ _: 'updates.getState' })
  const { object } = await thief.nextOf('rpc_result')
  expect(object['result']).toMatchObject({ error_code: 406, error_message: 'AUTH_KEY_DUPLICATED' })
  await thief.closed()

  expect(emulator.world.authKeys.ofAccount(6_000_021_001n)).toEqual([])
  expect(await control(emulator, 'GET', '/stats')).toContainEqual(
    expect.objectContaining({ key_id: home.id, duplicates: 1, destroyed: true }),
  )
  await owner.destroy()
  const again = new TestClient({ port: dc.port }, { key: home, schema: loadSchemas() })
  again.send({ _: 'updates.getState' })
  expect((await again.nextPayload()).readInt32LE()).toBe(-404)
  await again.close()
})
