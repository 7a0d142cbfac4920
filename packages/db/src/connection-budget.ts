/**
 * Connections that each service holds besides its pools: one on which the relay listens, one that renews leases.
 */
export const FIXED_CONNECTIONS = 2
