import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { Emulator } from '@telegather/telegram-emulator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  connectTelegram,
  ConnectionLost,
  SessionRevoked,
  Timeout,
  type SignedIn,
  type TelegramConfig,
} from '../src/index.ts'
import { decryptSent } from './decrypt-sent.ts'
import { open, startDemoWorld } from './demo-world.ts'
import { signInTestAccount } from '../src/testing.ts'
import type { Sample } from './processes/open-and-close.ts'
import { run } from './processes/run.ts'
import { startTcpRelay, type TcpRelay } from './tcp-relay.ts'

let emulator: Emulator
let config: TelegramConfig
let login: SignedIn
let relay: TcpRelay
beforeAll(async () => {
  ;({ emulator, config } = await startDemoWorld())
  login = await signInTestAccount(config)
  const [home] = emulator.dcs
  if (!home) throw new Error('the emulator has no data centre')
  relay = await startTcpRelay(home)
})
afterAll(async () => {
  await relay.close()
  await emulator.close()
})

const LONG = { timeout: 20_000 }
const throughRelay = () => ({ ...config, dcs: [relay.dc] })

describe('a connection', () => {
  test('a ping asks Telegram to close the connection 20 s after it', async () => {
    const telegram = await open(throughRelay(), login)
    await telegram.me()
    await telegram.close()
    const key = Buffer.from(login.auth.keys[login.auth.dcId] ?? '', 'base64')
    const messages = decryptSent(Buffer.concat(relay.sent.at(-1) ?? []), key)
    const pings = messages.flatMap(disconnectDelays)
    expect(pings.length).toBeGreaterThan(0)
    expect(new Set(pings)).toEqual(new Set([20]))
  })

  test('Telegram closes a connection without pings', async () => {
    const silent = { intervalMs: 3_600_000, disconnectAfterSeconds: 1 }
    const telegram = await open({ ...throughRelay(), keepAlive: silent }, login)
    expect(await telegram.me()).toEqual(login.account)
    await expect.poll(() => relay.openSockets()).toBe(0)
    await telegram.close()
  })

  test('the next call reconnects a lost connection', async () => {
    const telegram = await open(throughRelay(), login)
    const me = await telegram.me()
    for (let round = 0; round < 3; round++) {
      relay.cut()
      await expect.poll(() => telegram.me().catch((error: unknown) => error)).toEqual(me)
    }
    await telegram.close()
  })

  test('pending calls fail at once when the connection is lost', async () => {
    const telegram = await open(throughRelay(), login)
    relay.hold()
    const calls = [telegram.me(), telegram.dialogs({ cursor: null })]
    const failures = calls.map((call) => expect(call).rejects.toThrow(ConnectionLost))
    relay.cut()
    await Promise.all(failures)
    await telegram.close()
  })

  test('a refused connection throws ConnectionLost', async () => {
    const nowhere = { ...config, dcs: [{ id: 2, ip: '127.0.0.1', port: 1 }] }
    await expect(open(nowhere, login)).rejects.toThrow(ConnectionLost)
  })

  test('a connection uses the configured local address', async () => {
    const telegram = await open({ ...throughRelay(), egressAddress: '127.0.0.77' }, login)
    expect(await telegram.me()).toEqual(login.account)
    expect(relay.peers.at(-1)).toBe('127.0.0.77')
    await telegram.close()
  })
})

describe('a server that does not answer', () => {
  test('a call ends at its deadline, or when its signal is aborted', async () => {
    const telegram = await open(throughRelay(), login)
    relay.hold()
    await expect(telegram.me({}, { timeoutMs: 50 })).rejects.toThrow(Timeout)
    const stop = AbortSignal.abort(new Error('enough'))
    await expect(telegram.me({}, { signal: stop })).rejects.toThrow('enough')
    await telegram.close()
  })

  test('a connection is replaced after three call timeouts in a row', async () => {
    const telegram = await open(throughRelay(), login)
    await telegram.me()
    const connections = relay.peers.length
    relay.hold()
    for (let call = 0; call < 3; call++)
      await expect(telegram.me({}, { timeoutMs: 50 })).rejects.toThrow(Timeout)
    await expect
      .poll(() => telegram.me({}, { timeoutMs: 10_000 }).catch((error: unknown) => error), LONG)
      .toEqual(login.account)
    expect(relay.peers).toHaveLength(connections + 1)
    await telegram.close()
  })

  test('a connection is replaced after three timeouts of one method, although pings are answered', async () => {
    const telegram = await open(throughRelay(), login)
    await telegram.me()
    const connections = relay.peers.length
    await emulator.control.placeFault({
      kind: 'stall',
      delay_ms: 600_000,
      match: { method: 'users.getUsers' },
      count: 3,
    })
    for (let call = 0; call < 3; call++)
      await expect(telegram.me({}, { timeoutMs: 50 })).rejects.toThrow(Timeout)
    await expect
      .poll(() => telegram.me({}, { timeoutMs: 10_000 }).catch((error: unknown) => error), LONG)
      .toEqual(login.account)
    expect(relay.peers).toHaveLength(connections + 1)
    await telegram.close()
  })

  test('a server that closes the connection before it answers throws ConnectionLost', async () => {
    const mute = await startMuteServer()
    const connecting = open({ ...config, dcs: [mute.dc] }, login)
    const failure = expect(connecting).rejects.toThrow(ConnectionLost)
    await mute.connected
    await mute.close()
    await failure
  })
})

describe('an auth key that Telegram does not know', () => {
  test('an unknown auth key throws SessionRevoked', async () => {
    const keys = { 2: randomBytes(256).toString('base64') }
    await expect(open(config, { ...login, auth: { dcId: 2, keys } })).rejects.toThrow(
      SessionRevoked,
    )
  })

  test('a missing auth key, or one of another length, throws TypeError', async () => {
    for (const keys of [{}, { 2: 'c2hvcnQ=' }]) {
      await expect(open(config, { ...login, auth: { dcId: 2, keys } })).rejects.toThrow(TypeError)
    }
  })

  test('an unknown auth key of another data centre is replaced', async () => {
    const auth = {
      ...login.auth,
      keys: { ...login.auth.keys, 4: randomBytes(256).toString('base64') },
    }
    const reported: unknown[] = []
    const telegram = await connectTelegram(config, {
      auth,
      identity: login.identity,
      onAuthChanged: ({ keys }) => void reported.push(keys),
    })
    const location = {
      type: 'document' as const,
      dcId: 4,
      id: '1',
      accessHash: '1',
      fileReference: 'AAAA',
      thumbSize: '',
    }
    await expect(telegram.fileChunk({ location, offset: 0, limit: 4096 })).rejects.toThrow(
      'FILE_ID_INVALID',
    )
    expect(reported).toHaveLength(2)
    expect(reported[0]).toEqual(login.auth.keys)
    expect(reported[1]).toMatchObject({
      2: login.auth.keys['2'],
      4: expect.not.stringContaining(auth.keys[4]),
    })
    await telegram.close()
  })
})

test('a process that connects and disconnects 300 times leaks no resources and no memory', async () => {
  const own = await signInTestAccount(config, '+9996621031')
  const login = { auth: own.auth, identity: own.identity }
  const { samples, dcs } = await run<{ samples: Sample[]; dcs: string[] }>(
    'open-and-close.ts',
    config,
    login,
    300,
    100,
  )
  expect(dcs).toEqual(['2', '4'])
  expect(samples.map(({ resources }) => resources)).toEqual([[], [], []])
  const [first = 0, , last = Infinity] = samples.map(({ heapUsed }) => heapUsed)
  expect((last - first) / 200).toBeLessThan(2048)
  await expect
    .poll(async () => (await emulator.control.stats()).filter((key) => key.open_connections > 0))
    .toEqual([])
})

/** The delays of all `ping_delay_disconnect#f3427b8c ping_id:long disconnect_delay:int` in a message. */
function disconnectDelays(message: Buffer): number[] {
  const id = Buffer.from('8c7b42f3', 'hex')
  const delays: number[] = []
  for (let at = message.indexOf(id); at >= 0; at = message.indexOf(id, at + 1)) {
    delays.push(message.readInt32LE(at + 12))
  }
  return delays
}

/** A TCP server that accepts connections and never sends anything. */
async function startMuteServer() {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.resume())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    dc: { id: 2, ip: '127.0.0.1', port },
    /** Resolves with the first connection. */
    connected: once(server, 'connection'),
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
