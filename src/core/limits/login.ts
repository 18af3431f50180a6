/** Limits of passwords on their way to many nodes, each with its reason. */
export const LOGIN_LIMITS = {
  /** So long the first login alone may take: a node that is out of reach must not hold up all the others behind it. */
  passwordHeadStartMs: 2_000,
  /** So many nodes may be given a password and not answer; then nobody can say whether it is right, and no other is given it. */
  passwordSilencesMax: 3,
} as const;
