/** SplitMix64's output function: 64 bits that look random and are always the same for the same input. */
export function mix(value: bigint): bigint {
  let bits = BigInt.asUintN(64, value + 0x9e37_79b9_7f4a_7c15n)
  bits = BigInt.asUintN(64, (bits ^ (bits >> 30n)) * 0xbf58_476d_1ce4_e5b9n)
  bits = BigInt.asUintN(64, (bits ^ (bits >> 27n)) * 0x94d0_49bb_1331_11ebn)
  return bits ^ (bits >> 31n)
}
