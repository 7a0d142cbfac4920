import { freePort, isPortFree } from '../servers/ports.ts'

/** The first of `length` free ports in a row. */
export async function freeRun(length: number): Promise<number> {
  for (;;) {
    const first = await freePort()
    const run = Array.from({ length }, (_, index) => isPortFree(first + index))
    if ((await Promise.all(run)).every(Boolean)) return first
  }
}
