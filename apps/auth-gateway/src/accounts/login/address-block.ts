import ipaddr from 'ipaddr.js'

/** A customer usually has a whole IPv6 network of 64 bits, so addresses of one network count together. */
const IPV6_BITS = 64

/** For texts that are no address, since a proxy may forward any text. */
const UNKNOWN = 'unknown'

/** The key by which limits count an address: an IPv4 address, an IPv6 network of 64 bits, or `unknown`. */
export function addressBlock(address: string): string {
  if (!ipaddr.isValid(address)) return UNKNOWN
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${IPV6_BITS}`).toString()
}
