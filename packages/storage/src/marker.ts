/**
 * Marker file in the root of a mounted target. It distinguishes the mounted file system from the empty mount point. The
 * operator creates it once, while the target is mounted.
 */
export const MARKER = '.telegather-target'
