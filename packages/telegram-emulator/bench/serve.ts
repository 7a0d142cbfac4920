/**
 * Benchmark of responses: `node bench/serve.ts`. It bounds the emulator's share in measurements of clients.
 *
 * First within this process: the processor time per message or mebibyte, from the world to the encrypted envelope. Then
 * over a socket: a client in a process of its own reads frames without decrypting them.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startEmulator, type OpenEmulator } from '../src/emulator.ts'
import { LazyBytes } from '../src/memory/lazy-bytes.ts'
import { release } from '../src/memory/release.ts'
import type { AuthKey } from '../src/mtproto/auth-key.ts'
import { sealEnvelope } from '../src/mtproto/envelope.ts'
import { fullFraming } from '../src/mtproto/framing/full.ts'
import { packResult } from '../src/mtproto/gzip.ts'
import { newKey } from '../src/mtproto/test-centre.ts'
import { createRpcHandler } from '../src/rpc/dispatch.ts'
import { presentMessage } from '../src/rpc/present-message.ts'
import { loadSchemas } from '../src/tl/layers.ts'
import type { TlObject } from '../src/tl/object.ts'
import type { Account } from '../src/world/accounts.ts'
import { accessHashFor } from '../src/world/access-hash.ts'
import type { Channel } from '../src/world/channel.ts'
import { fileAccessHash, fileDcId } from '../src/world/file-id.ts'
import { encodeJson } from '../src/world/json.ts'
import type { FileSpec } from '../src/world/model.ts'
import { parseTestPhone } from '../src/world/test-phone.ts'
import type { World } from '../src/world/world.ts'
import { measure, report, reportHead, type Measured } from './measure.ts'
import type { Reading } from './reader.ts'

/** Messages per channel: enough for the compiler to finish optimising early. */
const MESSAGES = 100_000
/** The number of newest messages that are read again; the cache of recent messages is larger. */
const MESSAGES_AGAIN = 20_000
const PAGE = 100
const FILE_BYTES = 256 * 1024 * 1024
const PART = 1024 * 1024
const READER = fileURLToPath(new URL('reader.ts', import.meta.url))

interface Bench {
  readonly emulator: OpenEmulator
  readonly key: AuthKey
  /** Calls for the parts of one large file. */
  readonly file: readonly TlObject[]
}

async function prepare(): Promise<Bench> {
  const emulator = await startEmulator({ port: 0, controlPort: 0, world: 'empty', dataDir: null })
  const key: AuthKey = { ...newKey(), accountId: accountOf(emulator.world).id }
  emulator.world.authKeys.add(key)
  return { emulator, key, file: await fileCalls(emulator) }
}

function accountOf({ accounts }: World): Account {
  const phone = parseTestPhone('+9996621001')
  if (phone === null) throw new Error('a test number could not be parsed')
  return accounts.of(phone)
}

async function newChannel(archetype: string): Promise<Channel> {
  const { world, controlUrl } = bench.emulator
  const { id } = await send(`${controlUrl}/channels`, { title: 'History' })
  const content = { messages: MESSAGES, seed: 1, archetype }
  await send(`${controlUrl}/channels/${id}/generate`, content)
  const channel = world.channels.get(BigInt(id))
  if (channel === undefined) throw new Error('the channel does not exist')
  return channel
}

/** Calls for the pages of a channel, newest first. */
function historyCalls(channel: Channel): TlObject[] {
  const account = accountOf(bench.emulator.world)
  const offsets = [...channel.idsBelow(channel.topId + 1)].filter((_, index) => index % PAGE === 0)
  const accessHash = accessHashFor(account.id, channel.blueprint.accessHash)
  const peer = { _: 'inputPeerChannel', channel_id: channel.id, access_hash: accessHash }
  return offsets.map((topId) => ({
    _: 'messages.getHistory',
    peer,
    offset_id: topId + 1,
    offset_date: 0,
    add_offset: 0,
    limit: PAGE,
    max_id: 0,
    min_id: 0,
    hash: 0n,
  }))
}

/** Calls for the parts of the first large file on data centre 2. */
async function fileCalls({ world, controlUrl }: OpenEmulator): Promise<TlObject[]> {
  const { id } = await send(`${controlUrl}/channels`, { title: 'Files' })
  const channel = world.channels.get(BigInt(id))
  let file: FileSpec | undefined
  while (file === undefined || fileDcId(file.id) !== 2) {
    const media = { kind: 'document', size: FILE_BYTES, name: 'large.bin' }
    const { id: messageId } = await send(`${controlUrl}/messages`, { channel_id: id, media })
    file = channel?.get(messageId)?.media?.file
  }
  const account = accountOf(world)
  const location = {
    _: 'inputDocumentFileLocation',
    id: file.id,
    access_hash: accessHashFor(account.id, fileAccessHash(file.id)),
    file_reference: world.fileReferences.issue(file.id, account.id),
    thumb_size: '',
  }
  const offsets = Array.from({ length: FILE_BYTES / PART }, (_, index) => BigInt(index * PART))
  return offsets.map((offset) => ({ _: 'upload.getFile', location, offset, limit: PART }))
}

async function send(url: string, body: object): Promise<{ id: number }> {
  // A kept-alive connection would have been closed by the end of a measurement.
  const headers = { connection: 'close' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as { id: number }
}

/** Runs calls without a connection: all work of a data centre except the socket. */
async function answerAll({ emulator, key }: Bench, calls: readonly TlObject[]): Promise<void> {
  const handle = handlerOf(emulator)
  const layer = schemas.layer(null)
  for (const params of calls) {
    const { _: method } = params
    const call = { method, params, dcId: 2, key, peerAddress: '127.0.0.1', session: {} }
    const value = await handle({ ...call, signal: NEVER, disconnect: () => undefined })
    seal(key, layer.encodeResult(method, value))
  }
}

/** Messages of a channel before encoding, in pages. */
function readyPages({ world }: OpenEmulator, channel: Channel): TlObject[] {
  const ids = [...channel.idsFrom(1)].slice(0, MESSAGES_AGAIN)
  const messages = ids.map((id) => {
    const message = channel.get(id)
    if (message === undefined) throw new Error('the channel lacks a message that it lists')
    return presentMessage({ world, account: accountOf(world) }, message)
  })
  return Array.from({ length: ids.length / PAGE }, (_, index) => ({
    _: 'messages.channelMessages',
    pts: channel.pts,
    count: channel.count,
    messages: messages.slice(index * PAGE, (index + 1) * PAGE),
  }))
}

async function encodeAll({ key }: Bench, pages: readonly TlObject[]): Promise<void> {
  for (const page of pages) seal(key, schemas.layer(null).encodeResult('messages.getHistory', page))
}

/** Encrypts a result like a data centre. */
function seal(key: AuthKey, result: Buffer | LazyBytes): void {
  const body = result instanceof LazyBytes ? result : packResult(result)
  const envelope = { salt: 0n, sessionId: 0n, messageId: 0n, seqNo: 1, body }
  const sealed = sealEnvelope(key, envelope, 'server')
  framing.write(sealed)
  // Sent buffers are released as well.
  release(sealed)
}

const framing = fullFraming()
const schemas = loadSchemas()
const NEVER = new AbortController().signal
const handlers = new WeakMap<OpenEmulator, ReturnType<typeof createRpcHandler>>()

function handlerOf(emulator: OpenEmulator): ReturnType<typeof createRpcHandler> {
  const known = handlers.get(emulator)
  if (known !== undefined) return known
  const handler = createRpcHandler(emulator.world, emulator.dcs)
  handlers.set(emulator, handler)
  return handler
}

async function overSocket({ emulator, key }: Bench, calls: readonly TlObject[]): Promise<Measured> {
  const port = emulator.dcs[0]?.port ?? 0
  const child = fork(READER, { execArgv: ['--disable-warning=ExperimentalWarning'] })
  const reading: Reading = { port, key, calls }
  child.send(encodeJson(reading))
  await once(child, 'message')
  const measured = await measure(async () => {
    child.send('go')
    await once(child, 'message')
  })
  await once(child, 'exit')
  return measured
}

const bench = await prepare()
const again = -MESSAGES_AGAIN / PAGE
const mebibytes = FILE_BYTES / 1024 ** 2
reportHead()
for (const archetype of ['shortNews', 'library']) {
  const channel = await newChannel(archetype)
  const calls = historyCalls(channel)
  const first = await measure(() => answerAll(bench, calls))
  report(`${archetype}, first read`, MESSAGES, 'messages', first)
  const second = await measure(() => answerAll(bench, calls.slice(again)))
  report(`${archetype}, read again`, MESSAGES_AGAIN, 'messages', second)
  const pages = readyPages(bench.emulator, channel)
  const encoded = await measure(() => encodeAll(bench, pages))
  report(`${archetype}, only encoded`, MESSAGES_AGAIN, 'messages', encoded)
  const unread = historyCalls(await newChannel(archetype))
  report('over a socket, first read', MESSAGES, 'messages', await overSocket(bench, unread))
  const known = await overSocket(bench, unread.slice(again))
  report('over a socket, again', MESSAGES_AGAIN, 'messages', known)
}
report('file', mebibytes, 'MiB', await measure(() => answerAll(bench, bench.file)))
report('file over a socket', mebibytes, 'MiB', await overSocket(bench, bench.file))
await bench.emulator.close()
