import { databaseUrl, readConfig, variable } from '@telegather/service'
import { z } from 'zod'

const commandSchema = z.object({ DATABASE_URL: variable(databaseUrl, { secret: true }) })

/** What the command line needs; the gateway's own configuration is in `../config.ts`. */
export const config = () => readConfig(commandSchema, process.env)
