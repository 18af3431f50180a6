/** Bounds of what is deleted on nodes. */
export const DELETE_LIMITS = {
  /** On one node; a directory that goes whole is one. */
  namesMax: 100_000,
  /** More names than that, those in directories counted, are deleted only after a question. */
  unaskedMax: 100,
  /** So many of them are named in it. */
  namedMax: 5,
} as const;
