import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { StringSession } from 'telegram/sessions/index.js'
import { Api } from 'telegram/tl/index.js'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startEmulator } from '../src/emulator.ts'
import { control, messagesOf, post, type Served } from './control.ts'
import { servedBy, spawnEmulator } from './emulator-process.ts'
import { connect, sendCode, signIn } from './gramjs.ts'

const PHONE = '+9996621001'

let dataDir: string
const processes: ChildProcess[] = []

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'emulator-'))
})

afterEach(() => {
  for (const child of processes.splice(0)) child.kill('SIGKILL')
  rmSync(dataDir, { recursive: true })
})

function start(args: readonly string[]): ChildProcess {
  const child = spawnEmulator(args)
  processes.push(child)
  return child
}

/** Starts the command and waits until it serves. */
async function startCommand(): Promise<{ child: ChildProcess; emulator: Served }> {
  const child = start(['--port', '0', '--control-port', '0', '--data-dir', dataDir])
  return { child, emulator: await servedBy(child) }
}

test('a login, its key and posts survive a killed process', async () => {
  const first = await startCommand()
  const client = await connect(first.emulator)
  await signIn(client, PHONE)
  const [dialog] = await client.getDialogs({ limit: 1 })
  const channelId = String(dialog?.id)
  const { id } = await post(first.emulator, { channel_id: channelId, text: 'still here' })
  const session = String(client.session.save())
  await client.destroy()
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')

  const second = await startCommand()
  expect(second.emulator.publicKeyPem).toBe(first.emulator.publicKeyPem)
  const resumed = await connect(second.emulator, new StringSession(session))
  await expect(resumed.isUserAuthorized()).resolves.toBe(true)
  const [sameDialog] = await resumed.getDialogs({ limit: 1 })
  const [message] = await resumed.getMessages(sameDialog?.inputEntity, { limit: 1 })
  expect(message).toMatchObject({ id, message: 'still here' })
  await resumed.destroy()
})

test('a code sent before a restart is valid after it', async () => {
  const options = { port: 0, controlPort: 0, world: 'empty', dataDir }
  const before = await startEmulator(options)
  const client = await connect(before)
  const phoneCodeHash = await sendCode(client, PHONE)
  const session = String(client.session.save())
  await client.destroy()
  await before.close()

  const after = await startEmulator(options)
  const resumed = await connect(after, new StringSession(session))
  await expect(
    resumed.invoke(new Api.auth.SignIn({ phoneNumber: PHONE, phoneCodeHash, phoneCode: '22222' })),
  ).resolves.toBeInstanceOf(Api.auth.Authorization)
  await resumed.destroy()
  await after.close()
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends it at once, with exit code 0',
  async (signal) => {
    const { child, emulator } = await startCommand()
    const client = await connect(emulator)
    child.kill(signal)
    expect(await once(child, 'exit')).toEqual([0, null])
    await client.destroy()
  },
)

test('posting at a rate does not delay shutdown', async () => {
  const { child, emulator } = await startCommand()
  await control(emulator, 'POST', '/channels', { id: 4401, title: 'Slow' })
  const slow = { channel_id: 4401, text: '{n}', count: 2, rate_per_second: 0.001 }
  const refused = expect(post(emulator, slow)).rejects.toThrow()
  await vi.waitFor(async () => expect(await messagesOf(emulator, 4401n)).toHaveLength(1))
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  await refused
})

test.each(['--port', '--control-port'])('%s in use is named', async (option) => {
  const occupant = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
  const port =
    option === '--port' ? occupant.dcs[0]?.port : Number(new URL(occupant.controlUrl).port)
  const other = option === '--port' ? '--control-port' : '--port'
  const child = start([option, String(port), other, '0', '--data-dir', dataDir])
  const [[code], message] = await Promise.all([once(child, 'exit'), errorOutput(child)])
  expect(message).toBe(`Port ${port} is taken.\n`)
  expect(code).toBe(1)
  await occupant.close()
})

test('every bad option is named at once', async () => {
  const child = start(['--port', '40000', '--control-port', 'x'])
  const [[code], message] = await Promise.all([once(child, 'exit'), errorOutput(child)])
  expect(message).toMatch(/at port[^]*at \["control-port"\][^]*Usage/)
  expect(code).toBe(1)
})

async function errorOutput(child: ChildProcess): Promise<string> {
  return child.stderr === null ? '' : text(child.stderr)
}
