import { retiredLogins } from '@telegather/db'
import { createTestDatabase } from '@telegather/db/testing'
import { expect, inject, test } from 'vitest'
import {
  claimRetiredLogin,
  deleteRetiredLogin,
  retireLogin,
} from '../src/accounts/retired-logins/queries.ts'

test('a worker whose claim has expired does not delete a login that was retired again', async () => {
  const { db, close } = await createTestDatabase(inject('postgresUrl'))
  const retire = (busyMs: number, encryptedLogin: string | null) =>
    db.transaction((tx) => retireLogin(tx, { authKeyId: 1n, busyMs, encryptedLogin }))
  const claim = async (claimMs: number) => {
    const claimed = await claimRetiredLogin(db, claimMs)
    if (!claimed) throw new Error('no retired login is due')
    return claimed
  }
  await retire(0, null)
  const late = await claim(0)
  const next = await claim(60_000)
  await deleteRetiredLogin(db, late)
  expect(await db.$count(retiredLogins)).toBe(1)

  // The busy time ends before the claim, so only the login changes.
  await retire(0, 'login')
  await deleteRetiredLogin(db, next)
  expect(await db.select().from(retiredLogins)).toMatchObject([{ encryptedLogin: 'login' }])

  await db.update(retiredLogins).set({ freeAt: new Date(0) })
  await deleteRetiredLogin(db, await claim(60_000))
  expect(await db.$count(retiredLogins)).toBe(0)
  await close()
})
