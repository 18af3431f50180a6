/** Checks the options that a program gives for a schedule, before anything starts. Pure. */
import { isRecord } from '../../core/is-record.ts';
import { parseShare, type Share } from '../../core/share.ts';
import { quoteInput } from '../../text/quote-input.ts';
import type { Mode, ScheduleOptions } from '../job-types.ts';
import { kindOf, namesIn, refusal } from '../names.ts';
import { readTime, truth, wordOf } from '../read-values.ts';

const MODES: readonly Mode[] = ['site-sequential', 'sequential', 'atomic', 'parallel'];

export interface ScheduleWish {
  readonly mode: Mode;
  /** Undefined: all sites. */
  readonly roles: readonly string[] | undefined;
  readonly breakOnError: boolean;
  readonly allowMissing: boolean;
  readonly name: string | undefined;
  readonly limits: readonly {
    readonly name: string;
    readonly roles: readonly string[];
    readonly max: Share;
  }[];
  readonly order: readonly string[];
  readonly batch: Share | undefined;
  readonly onFailure: 'hold' | 'release' | 'stop';
  readonly maxFailures: Share | undefined;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Throws LockstepError `usage`. */
export function readOptions(options: ScheduleOptions<object>, mode: Mode): ScheduleWish {
  if (!isRecord(options))
    throw refusal(`the options of a schedule are an object, and not ${kindOf(options)}`);
  for (const key of Object.keys(options)) {
    if (!KEYS.has(key as keyof ScheduleOptions))
      throw refusal(`${quoteInput(key)} is no option of a schedule`, `there are: ${[...KEYS].join(', ')}`);
  }
  const breakOnError = truth(options.breakOnError, 'breakOnError');
  const { roles, shared, signal } = options;
  if (shared !== undefined && !isRecord(shared))
    throw refusal(`shared: an object is needed, not ${kindOf(shared)}`);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw refusal(`signal: an AbortSignal is needed, not ${kindOf(signal)}`);
  return {
    mode: options.mode === undefined ? mode : readMode(options.mode),
    roles: roles === undefined || roles === null ? undefined : namesIn(roles, 'a role'),
    breakOnError,
    allowMissing: truth(options.allowMissing, 'allowMissing'),
    name: options.name === undefined ? undefined : namesIn([options.name], 'a schedule')[0],
    limits: listAt(options.limits, 'limits').map(readLimit),
    order: namesIn(listAt(options.order, 'order'), 'a role'),
    batch: readShare(options.batch, 'batch'),
    onFailure: readOnFailure(options.onFailure ?? (breakOnError ? 'hold' : 'release')),
    maxFailures: readShare(options.maxFailures, 'maxFailures'),
    timeoutMs: readTime(options.timeoutMs, 'timeoutMs'),
    signal,
  };
}

const KEYS: ReadonlySet<keyof ScheduleOptions> = new Set([
  ...(['roles', 'mode', 'breakOnError', 'allowMissing', 'name', 'shared', 'limits', 'order'] as const),
  ...(['batch', 'onFailure', 'maxFailures', 'timeoutMs', 'signal'] as const),
]);

function readMode(given: unknown): Mode {
  const mode = MODES.find((known) => known === given);
  if (mode === undefined) throw refusal(`${wordOf(given)} is no schedule`, `there are: ${MODES.join(', ')}`);
  return mode;
}

function readLimit(limit: unknown, at: number): ScheduleWish['limits'][number] {
  const where = `limits[${at}]`;
  if (!isRecord(limit)) throw refusal(`${where}: a limit is {roles, max}, and not ${kindOf(limit)}`);
  const unknown = Object.keys(limit).find((key) => !['name', 'roles', 'max'].includes(key));
  if (unknown !== undefined) throw refusal(`${where}: ${quoteInput(unknown)} is no field of a limit`);
  const roles = namesIn(limit.roles, 'a role');
  const max = readShare(limit.max, `${where}.max`);
  if (roles.length === 0 || max === undefined)
    throw refusal(`${where}: a limit needs roles, and max`, "{ roles: 'db', max: 1 }");
  const [name = roles.join(', ')] = namesIn(limit.name, 'a limit');
  return { name, roles, max };
}

function readShare(given: unknown, where: string): Share | undefined {
  if (given === undefined) return undefined;
  const isText = typeof given === 'string' && given.endsWith('%');
  const share = isText || typeof given === 'number' ? parseShare(String(given)) : undefined;
  if (share !== undefined) return share;
  throw refusal(`${where}: ${wordOf(given)} is no number of sites`, "a whole number from 1, or '25%'");
}

function readOnFailure(given: unknown): ScheduleWish['onFailure'] {
  if (given === 'hold' || given === 'release' || given === 'stop') return given;
  throw refusal(`onFailure: ${wordOf(given)} is none of hold, release and stop`);
}

function listAt(given: unknown, where: string): readonly unknown[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw refusal(`${where}: a list is needed, not ${kindOf(given)}`);
  return given;
}
