import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TelegramConfig } from '@telegather/telegram'
import { signInTestAccount } from '@telegather/telegram/testing'

/** Creates a login without the gateway, like another client. */
export interface ForeignLogin {
  readonly dcId: number
  readonly key: Buffer
}

export async function logInElsewhere(
  config: TelegramConfig,
  phoneNumber: string,
): Promise<ForeignLogin> {
  const { dcId, keys } = (await signInTestAccount(config, phoneNumber)).auth
  return { dcId, key: Buffer.from(keys[dcId] ?? '', 'base64') }
}

/** A session string in Telethon's format. */
export function telethonString({ dcId, key }: ForeignLogin): string {
  const bytes = Buffer.concat([Buffer.from([dcId, 203, 0, 113, 66, 1, 187]), key])
  return `1${bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')}`
}

/** A session string in Pyrogram's current format. */
export function pyrogramString({ dcId, key }: ForeignLogin): string {
  const bytes = [Buffer.from([dcId, 0, 0, 0, 1, 0]), key, Buffer.alloc(8, 1), Buffer.from([0])]
  return Buffer.concat(bytes).toString('base64url')
}

/** A session file in Telethon's first format; later ones have more tables. */
export function sessionFile({ dcId, key }: ForeignLogin): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'import-'))
  try {
    const path = join(directory, 'x.session')
    const database = new DatabaseSync(path)
    database.exec(`
      create table sessions (dc_id integer primary key, server_address text, port integer, auth_key blob);
      insert into sessions values (${dcId}, '203.0.113.66', 443, x'${key.toString('hex')}')`)
    database.close()
    return readFileSync(path)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** The fields of an import, as a form has them. */
export function importFields(phone: string, session_string: string) {
  return {
    name: `account of ${phone}`,
    phone_number: phone,
    api_id: '12345678',
    api_hash: 'abc123',
    session_string,
  }
}
