/** Continues a login that another process started: `submit-code.ts <config> <login> <code>`, all arguments in JSON. */
import { submitCode, type LoginState, type TelegramConfig } from '../../src/index.ts'

const [config, login, code] = process.argv.slice(2).map((text) => JSON.parse(text) as unknown)
const result = await submitCode(config as TelegramConfig, login as LoginState, String(code))
process.stdout.write(JSON.stringify(result))
