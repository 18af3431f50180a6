/** Values that a program gives, checked before anything is started. Pure. */
import { LIMITS } from '../core/limits/limits.ts';
import { quoteInput } from '../text/quote-input.ts';
import { kindOf, refusal } from './names.ts';

/** Throws LockstepError `usage` for what is no time, undefined for none. */
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

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As a refusal names it. */
export function wordOf(given: unknown): string {
  return typeof given === 'string' || typeof given === 'number' ? quoteInput(String(given)) : kindOf(given);
}
