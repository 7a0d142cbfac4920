import { connectNats } from '../../src/nats.ts'
import { Arrivals, serveCalls } from '../../src/index.ts'
import { createLog } from '@telegather/service'

/** A server of calls in a process of its own. It writes a line for each call that it carries out. */
const [url = '', subject = ''] = process.argv.slice(2)
const log = createLog({ name: 'call-server', level: 'silent' })
const nats = connectNats(url, { name: 'call-server', log })
const connection = await nats.connection()
serveCalls(connection, subject, {
  epoch: 1,
  arrivals: new Arrivals(),
  log,
  toWire: (error) => ({ name: 'Error', message: String(error), fields: {} }),
  async handle({ method }) {
    process.stdout.write(`${method}\n`)
    if (method === 'hang') await new Promise(() => undefined)
  },
})
await connection.flush()
process.stdout.write('ready\n')
