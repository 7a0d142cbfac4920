import { databaseUrl, readConfig, variable } from '@telegather/service'
import { z } from 'zod'

const commandSchema = z.object({ DATABASE_URL: variable(databaseUrl, { secret: true }) })

/** The configuration of `create-key-command.ts`. The gateway's own is in `src/config.ts`. */
export const config = () => readConfig(commandSchema, process.env)
