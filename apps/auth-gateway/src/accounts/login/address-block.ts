import ipaddr from 'ipaddr.js'

/** Of an IPv6 address whoever has it usually has all that share its first 64 bits. */
const IPV6_BITS = 64

/** A proxy may pass anything on. */
const UNKNOWN = 'unknown'

/** The address as limits count it: an IPv4 address, an IPv6 network of 64 bits, or `unknown` for what is none. */
export function addressBlock(address: string): string {
  if (!ipaddr.isValid(address)) return UNKNOWN
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${IPV6_BITS}`).toString()
}
