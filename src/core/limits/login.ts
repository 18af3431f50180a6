/** Limits of passwords on their way to many nodes, each with its reason. */
export const LOGIN_LIMITS = {
  /** How long the first login goes alone: a node that is out of reach must not hold up all the others behind it. */
  passwordHeadStartMs: 2_000,
  /** How many nodes may get a password and not answer. Then nobody can say whether it is right, and no other node gets it. */
  passwordSilencesMax: 3,
} as const;
