/** Bounds of `--xattrs`. */
export const XATTR_LIMITS = {
  /** All of them, as two digits a byte: they are in memory while they are sent, and a node reads them as one file. */
  digitsMax: 64 * 1024 * 1024,
} as const;
