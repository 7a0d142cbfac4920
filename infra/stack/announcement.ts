import { lstatSync, readlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { authModeOf } from '@telegather/service'
import { telegramApplication, type StackConfig } from './config.ts'

interface Announced {
  readonly config: StackConfig
  readonly gatewayUrl: string
  readonly databaseUrlFile: string
}

/** The lines that `npm start` prints once everything runs. */
export function describeStack({ config, gatewayUrl, databaseUrlFile }: Announced): string {
  const lines = [
    '',
    'Telegather is ready.',
    '',
    `  API       ${gatewayUrl}`,
    `  Docs      ${gatewayUrl}/docs`,
    ...describeKeys(config),
    ...describeTelegram(config),
    `  Data      ${config.dataDir}`,
    ...describeElsewhere(join(config.dataDir, 'postgres')),
    `  Database  psql "$(cat ${shorter(databaseUrlFile)})"`,
    '',
    'Ctrl-C stops everything.',
    '',
  ]
  return lines.join('\n')
}

function describeKeys(config: StackConfig): string[] {
  if (authModeOf(config) === 'none') return []
  return ['  Keys      required; npm run keys:create-api creates one']
}

function describeTelegram(config: StackConfig): string[] {
  if (telegramApplication(config) !== undefined) return ['  Telegram  the real one']
  return [
    '  Telegram  an emulator with a demo world: nothing leaves this machine. Log in as',
    '              +9996621001  code 22222',
    '              +9996621002  code 22222, two-step password telegather',
    '              +9996641003  code 44444 (lives on data centre 4)',
  ]
}

/** The line on Postgres's directory when `preparePrivateHome` moved it out of the data directory. */
function describeElsewhere(link: string): string[] {
  if (!lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink()) return []
  return [`            Postgres' in ${readlinkSync(link)}: its user cannot enter ${link}`]
}

function shorter(path: string): string {
  const fromHere = relative(process.cwd(), path)
  return fromHere.startsWith('..') ? path : fromHere
}
