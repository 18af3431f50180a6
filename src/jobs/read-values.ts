/** Checks values that a program gives, before anything starts. Pure. */
import { LIMITS } from '../core/limits/limits.ts';
import { quoteInput } from '../text/quote-input.ts';
import { kindOf, refusal } from './names.ts';

/** Undefined for none. Throws LockstepError `usage` for a value that is no time. */
export function readTime(given: unknown, where: string): number | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'number' && given > 0 && given <= LIMITS.durationMsMax) return given;
  throw refusal(
    `${where}: ${wordOf(given)} is no time`,
    `milliseconds, from 1 to ${LIMITS.durationMsMax} (7 days)`,
  );
}

export function truth(given: unknown, where: string): boolean {
  if (given !== undefined && typeof given !== 'boolean')
    throw refusal(`${where}: true or false is needed, not ${kindOf(given)}`);
  return given === true;
}

/** How a refusal names the value. */
export function wordOf(given: unknown): string {
  return typeof given === 'string' || typeof given === 'number' ? quoteInput(String(given)) : kindOf(given);
}
