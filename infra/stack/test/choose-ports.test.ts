import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { choosePorts, type StackPorts } from '../servers/choose-ports.ts'
import type { StackConfig } from '../config.ts'
import { freePort, PortTaken } from '../servers/ports.ts'
import { freeRun } from './free-run.ts'

const configWith = (part: Partial<StackConfig>): StackConfig => ({
  HOST: '127.0.0.1',
  PORT: 0,
  EMULATOR_PORT: 0,
  EMULATOR_CONTROL_PORT: 0,
  POSTGRES_MAX_CONNECTIONS: 200,
  DATA_DIR: '.data',
  root: '/',
  dataDir: '/.data',
  env: {},
  ...part,
})

const all = ({ services, postgres, nats, emulator }: StackPorts) => [
  ...Object.values(services),
  postgres,
  nats,
  emulator.port,
  emulator.controlPort,
]

/** The port of data centre 4. */
const fourthOf = (port: number) => (port <= 22_767 ? port + 10_000 : port - 10_000)

async function listen(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
}

test('services, Postgres and NATS follow PORT', async () => {
  const PORT = await freeRun(12)
  expect(await choosePorts(configWith({ PORT }))).toMatchObject({
    services: { 'auth-gateway': PORT, sources: PORT + 1, scraper: PORT + 2 },
    postgres: PORT + 10,
    nats: PORT + 11,
  })
})

test.each([
  ['the services', 1, 2],
  ['Postgres and NATS', 10, 11],
])('an emulator where %s would follow PORT keeps its ports', async (_, port, controlPort) => {
  const PORT = await freeRun(12)
  const emulator = { port: PORT + port, controlPort: PORT + controlPort }
  const config = { EMULATOR_PORT: emulator.port, EMULATOR_CONTROL_PORT: emulator.controlPort }
  const ports = await choosePorts(configWith({ PORT, ...config }))
  expect(ports).toMatchObject({ services: { 'auth-gateway': PORT }, emulator })
  expect(new Set(all(ports)).size).toBe(7)
})

test('no other part gets the port of data centre 4', async () => {
  const PORT = await freeRun(12)
  const EMULATOR_PORT = fourthOf(PORT + 1)
  const ports = await choosePorts(configWith({ PORT, EMULATOR_PORT }))
  expect(ports.emulator.port).toBe(EMULATOR_PORT)
  expect(all(ports)).not.toContain(fourthOf(EMULATOR_PORT))
})

test("a variable that claims data centre 4's port is named", async () => {
  const PORT = await freeRun(1)
  const EMULATOR_PORT = fourthOf(PORT)
  const choice = choosePorts(configWith({ PORT, EMULATOR_PORT }))
  await expect(choice).rejects.toThrow(PortTaken)
  await expect(choice).rejects.toThrow(
    `Port ${PORT} (PORT) is where the emulator's data centre 4 listens when EMULATOR_PORT is ${EMULATOR_PORT}`,
  )
})

test('the error names every port in use with its variable', async () => {
  const [PORT, EMULATOR_PORT, EMULATOR_CONTROL_PORT] = [
    await freePort(),
    await freePort(),
    await freePort(),
  ]
  await Promise.all([listen(PORT), listen(EMULATOR_CONTROL_PORT)])
  const choice = choosePorts(configWith({ PORT, EMULATOR_PORT, EMULATOR_CONTROL_PORT }))
  await expect(choice).rejects.toThrow(PortTaken)
  await expect(choice).rejects.toThrow(
    new RegExp(
      `Port ${PORT} \\(PORT\\) is taken.*\\nPort ${EMULATOR_CONTROL_PORT} \\(EMULATOR_CONTROL_PORT\\)`,
    ),
  )
})

test("with Telegram's own data centres, the emulator's ports may be taken", async () => {
  const EMULATOR_PORT = await freePort()
  await listen(EMULATOR_PORT)
  const application = { TELEGRAM_API_ID: '7', TELEGRAM_API_HASH: 'abc' }
  const ports = await choosePorts(configWith({ EMULATOR_PORT, ...application }))
  expect(all(ports)).not.toContain(EMULATOR_PORT)
})
