/** A share of nodes as people write it: a number or a percentage. Pure. */

export interface Share {
  readonly count: number;
  readonly isPercentage: boolean;
}

/** Undefined for a text that is no share: `0`, `101%`, `1.5`. */
export function parseShare(text: string): Share | undefined {
  const [, digits = '', sign] = /^([1-9]\d{0,5})(%)?$/.exec(text) ?? [];
  const share = { count: Number(digits), isPercentage: sign !== undefined };
  return digits === '' || (share.isPercentage && share.count > 100) ? undefined : share;
}

/** Rounded down, and at least 1. */
export function nodesOf({ count, isPercentage }: Share, total: number): number {
  return isPercentage ? Math.max(1, Math.floor((count * total) / 100)) : count;
}
