import type { TelegramClient } from 'telegram/client/TelegramClient.js'
import { returnBigInt } from 'telegram/Helpers.js'
import { Api } from 'telegram/tl/index.js'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { connect, signIn } from './gramjs.ts'

let dataDir: string
let emulator: OpenEmulator
let client: TelegramClient

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'emulator-'))
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir })
  client = await connect(emulator)
  await signIn(client, '+9996621001')
})

afterAll(async () => {
  await client.destroy()
  await emulator.close()
  rmSync(dataDir, { recursive: true })
})

function contact(clientId: number, phone: string, firstName: string): Api.InputPhoneContact {
  return new Api.InputPhoneContact({
    clientId: returnBigInt(clientId),
    phone,
    firstName,
    lastName: 'Friend',
  })
}

async function importAll(
  ...contacts: Api.InputPhoneContact[]
): Promise<Api.contacts.ImportedContacts> {
  return client.invoke(new Api.contacts.ImportContacts({ contacts }))
}

async function contacts(): Promise<[string | undefined, boolean | undefined][]> {
  const hash = returnBigInt(0)
  const all = (await client.invoke(new Api.contacts.GetContacts({ hash }))) as Api.contacts.Contacts
  return all.users.map((user) => [(user as Api.User).firstName, (user as Api.User).contact])
}

test('numbers with an account become contacts under the given names, others are ignored', async () => {
  const imported = await importAll(
    contact(11, '+999 66 2 1002', 'Second'),
    contact(12, '+9996629999', 'Nobody'),
    contact(13, '+15550100', 'Nobody'),
  )
  expect(imported.imported.map(({ clientId }) => Number(clientId))).toEqual([11])
  expect(imported.users).toMatchObject([{ firstName: 'Second', phone: '9996621002' }])
  expect(imported.retryContacts).toEqual([])
  expect(emulator.world.accounts.withPhone('9996629999')).toBeUndefined()
  expect(await contacts()).toEqual([['Second', true]])
})

test('a contact is mutual when each has the other, and listed by id', async () => {
  const [user] = (await importAll(contact(1, '+9996621002', 'Two'))).users as Api.User[]
  expect(user?.mutualContact).toBeFalsy()
  const other = await connect(emulator)
  const me = await signIn(other, '+9996621002', 'telegather')
  await other.invoke(
    new Api.contacts.ImportContacts({ contacts: [contact(1, '+9996621001', 'One')] }),
  )
  const id = new Api.InputUser({
    userId: me.id,
    accessHash: user?.accessHash ?? returnBigInt(0),
  })
  const [seen] = (await client.invoke(new Api.users.GetUsers({ id: [id] }))) as Api.User[]
  expect([seen?.firstName, seen?.mutualContact]).toEqual(['Two', true])
  await other.destroy()
})

test('contacts beyond the limit of a call are returned for a retry', async () => {
  const many = Array.from({ length: 503 }, (_, index) =>
    contact(index, index < 499 ? '+15550100' : '+9996641003', 'Late'),
  )
  const { imported, retryContacts } = await importAll(...many)
  expect(imported.map(({ clientId }) => Number(clientId))).toEqual([499])
  expect(retryContacts.map(Number)).toEqual([500, 501, 502])
})

test('a number resolves to its account', async () => {
  const resolve = (phone: string) => client.invoke(new Api.contacts.ResolvePhone({ phone }))
  expect((await resolve('+9996641003')).users).toMatchObject([{ className: 'User' }])
  await expect(resolve('+9996629999')).rejects.toMatchObject({
    errorMessage: 'PHONE_NOT_OCCUPIED',
  })
})

test('a list that did not change is not sent again', async () => {
  const all = await client.invoke(new Api.contacts.GetContacts({ hash: returnBigInt(0) }))
  const ids = (all as Api.contacts.Contacts).contacts.map(({ userId }) => BigInt(String(userId)))
  let hash = 0n
  for (const id of [BigInt(ids.length), ...ids.toSorted((a, b) => Number(a - b))]) {
    hash ^= hash >> 21n
    hash = BigInt.asUintN(64, hash ^ (hash << 35n))
    hash ^= hash >> 4n
    hash = BigInt.asUintN(64, hash + id)
  }
  const again = new Api.contacts.GetContacts({ hash: returnBigInt(BigInt.asIntN(64, hash)) })
  expect(await client.invoke(again)).toBeInstanceOf(Api.contacts.ContactsNotModified)
})

test('contacts survive a restart, until they are deleted', async () => {
  await importAll(contact(1, '+9996641003', 'Third'))
  expect(await contacts()).toHaveLength(2)
  const { session } = client
  await client.destroy()
  await emulator.close()
  emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir })
  client = await connect(emulator, session as never)
  expect(await contacts()).toEqual([
    ['Two', true],
    ['Third', true],
  ])
  const two = (await client.invoke(new Api.contacts.ResolvePhone({ phone: '9996621002' }))).users
  await client.invoke(new Api.contacts.DeleteContacts({ id: [(two[0] as Api.User).id] }))
  expect(await contacts()).toEqual([['Third', true]])
})
