import type { Contract } from '../contract.ts'
import { edgeRequests } from './edge-requests.ts'
import type { KnownIds } from './sample-request.ts'

const AT_ONCE = 4

/** Sends every edge request of `contract` to `api`. Returns the requests that end with a status of 500 or more. */
export async function faultsAtEdges(
  contract: Contract,
  ids: KnownIds,
  { api, headers = () => ({}) }: { api: string; headers?: () => Readonly<Record<string, string>> },
): Promise<readonly object[]> {
  const requests = edgeRequests(contract, ids)
  const faults: object[] = []
  const sendAll = async (): Promise<void> => {
    for (const { method, path, body, edge } of requests) {
      const response = await fetch(api + path, {
        method,
        headers: {
          ...headers(),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body }),
      })
      const text = await response.text()
      if (response.status >= 500) faults.push({ edge, status: response.status, text })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, sendAll))
  return faults
}
