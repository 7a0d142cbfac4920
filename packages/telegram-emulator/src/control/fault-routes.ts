import { faultInput, type Fault } from '../faults/fault.ts'
import type { PlacedFault } from '../faults/placed-fault.ts'
import { applyAtOnce } from '../faults/apply-at-once.ts'
import type { World } from '../world/world.ts'
import { filesOf } from './expired-files.ts'
import { accountOf } from './find-account.ts'
import type { ControlRequest, Route } from './http-server.ts'
import { parseBody } from './parse.ts'
import { Problem } from './problem.ts'
import type { Controlled } from './routes.ts'

/** A fault as requested, with its counters. */
export type FaultDescription = Fault & {
  readonly id: number
  /** The number of times that the fault fired. */
  readonly fired: number
  /** For `flood_wait` only: calls made before the wait had ended. */
  readonly ignored_waits?: number
}

/** `/faults`: places, lists and removes faults. */
export function faultRoutes({ world, centres, methods }: Controlled): Route[] {
  const { faults } = world
  return [
    { method: 'GET', path: '/faults', handle: () => ({ json: faults.list().map(describe) }) },
    {
      method: 'POST',
      path: '/faults',
      handle: async (request) => {
        const fault = await parseBody(request, faultInput)
        checkMethod(fault, methods)
        const fileIds = filesOf(world, fault)
        const placed = faults.place(fault, accountIdOf(world, fault))
        applyAtOnce(placed, world, centres, fileIds)
        return { status: 201, json: describe(placed) }
      },
    },
    {
      method: 'DELETE',
      path: '/faults',
      handle: () => {
        const removed = faults.list().map(describe)
        faults.clear()
        return { json: removed }
      },
    },
    {
      method: 'DELETE',
      path: '/faults/:id',
      handle: (request) => ({ json: describe(removeFault(world, request)) }),
    },
  ]
}

/** Rejects unknown methods: a misspelt method would never match. */
function checkMethod(fault: Fault, methods: ReadonlySet<string>): void {
  const method = 'match' in fault && 'method' in fault.match ? fault.match.method : undefined
  if (method === undefined) return
  const prefix = method.endsWith('.*') ? method.slice(0, -1) : null
  const isKnown =
    prefix === null ? methods.has(method) : [...methods].some((name) => name.startsWith(prefix))
  if (!isKnown) throw new Problem(400, 'unknown_method', `No layer has a method ${method}.`)
}

function removeFault({ faults }: World, { params }: ControlRequest): PlacedFault {
  const placed = faults.list().find(({ id }) => String(id) === params['id'])
  if (placed === undefined) {
    throw new Problem(404, 'fault_not_found', `There is no fault ${params['id']}.`)
  }
  faults.remove(placed.id)
  return placed
}

function accountIdOf(world: World, fault: Fault): bigint | null {
  const account = 'match' in fault && 'account' in fault.match ? fault.match.account : undefined
  return account === undefined ? null : accountOf(world, account).id
}

function describe(placed: PlacedFault): FaultDescription {
  const { id, fault, fired, ignoredWaits } = placed
  const description = { id, ...fault, fired }
  return placed.is('flood_wait') ? { ...description, ignored_waits: ignoredWaits } : description
}
