/**
 * A file in the root of a mounted target, by which it is known from the empty folder that it is mounted on. Whoever
 * sets the target up makes it, once, while it is mounted.
 */
export const MARKER = '.telegather-target'
