/** Loaded into a service with --import: removes the comparison of epochs from the fence, so that a test can detect stale writes. */
import { registerHooks } from 'node:module'

const FENCE = '/packages/sessions/src/queries.ts'
const COMPARISON =
  'const isTerm = and(eq(sessionLeases.sessionId, sessionId), eq(sessionLeases.epoch, epoch))'

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.endsWith(FENCE)) return loaded
    const source = Buffer.from(loaded.source as Uint8Array).toString()
    if (!source.includes(COMPARISON))
      throw new Error('The source of the fence has changed; adapt COMPARISON to it')
    const broken = source.replace(
      COMPARISON,
      'const isTerm = eq(sessionLeases.sessionId, sessionId)',
    )
    return { ...loaded, source: broken }
  },
})
