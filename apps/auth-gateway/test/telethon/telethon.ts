import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Emulator } from '@telegather/telegram-emulator'

/** Debian's Python first, because `python3-telethon` is installed for it. */
const INTERPRETERS = ['/usr/bin/python3', 'python3']

/** The schema layer of Telethon 1.25. The emulator supports it when the schema file is beside the checkout. */
const LAYER = new URL('../../../../../shared/telegram-schema/api-144.tl', import.meta.url)

/** A Python that has Telethon. */
const python = INTERPRETERS.find(
  (interpreter) => spawnSync(interpreter, ['-c', 'import telethon']).status === 0,
)

/** True when Telethon is installed and the emulator has its schema. */
export const hasTelethon = python !== undefined && existsSync(LAYER)

/** A login in the form in which Telethon stores it. */
export interface TelethonSession {
  readonly file: Buffer
  readonly string: string
}

/** Logs an account in with Telethon, and disconnects. */
export async function logInWithTelethon(
  { dcs, publicKeyPem }: Emulator,
  { phone, code }: { phone: string; code: string },
): Promise<TelethonSession> {
  if (python === undefined) throw new Error('there is no Telethon here')
  const directory = await mkdtemp(join(tmpdir(), 'telethon-'))
  try {
    const script = fileURLToPath(new URL('log_in.py', import.meta.url))
    const child = spawn(python, ['-B', script], { stdio: ['pipe', 'pipe', 'pipe'] })
    const path = join(directory, 'account.session')
    const dc = dcs.find(({ id }) => id === Number(code[0]))
    child.stdin.end(JSON.stringify({ dc, publicKey: publicKeyPem, phone, code, path }))
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
    if (output === '') throw new Error(errors)
    const { file, string } = JSON.parse(output) as { file: string; string: string }
    return { file: await readFile(file), string }
  } finally {
    await rm(directory, { recursive: true })
  }
}
