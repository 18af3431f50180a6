/** Bounds that are met sooner than the real ones, for the tests of a file or group. Code reads a bound where it meets it. */
import { afterAll, beforeAll } from 'vitest';

export function otherLimits<Limits extends object>(
  limits: Limits,
  others: { readonly [Name in keyof Limits]?: number },
): void {
  const before = { ...limits };
  beforeAll(() => void Object.assign(limits, others));
  afterAll(() => void Object.assign(limits, before));
}
