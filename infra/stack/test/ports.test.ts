import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { freePort, isPortFree } from '../servers/ports.ts'

async function takePort(host: string): Promise<number> {
  const port = await freePort()
  const server = createServer().listen(port, host)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return port
}

test.each(['127.0.0.1', '0.0.0.0'])('a listener on %s takes the port', async (host) => {
  const port = await takePort(host)
  expect(await isPortFree(port)).toBe(false)
})

test('freePort returns the preferred port only while it is free', async () => {
  const taken = await takePort('127.0.0.1')
  expect(await freePort(taken)).not.toBe(taken)
  const free = await freePort()
  expect(await freePort(free)).toBe(free)
  expect(await freePort(free, new Set([free]))).not.toBe(free)
  expect(await freePort(70_000)).toBeLessThan(65_536)
})
