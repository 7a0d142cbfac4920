/** Constructors with built-in encoding and decoding. */
export const BOOL_TRUE = 0x997275b5
export const BOOL_FALSE = 0xbc799737
export const VECTOR = 0x1cb5c415
export const GZIP_PACKED = 0x3072cfa1
