/** Bounds of `--xattrs`. */
export const XATTR_LIMITS = {
  /** All attributes, as two digits a byte: they are in memory while lockstep sends them, and a node reads them as one file. */
  digitsMax: 64 * 1024 * 1024,
} as const;
