export { faultsAtEdges } from './faults-at-edges.ts'
export { sampleRequest, type KnownIds } from './sample-request.ts'
