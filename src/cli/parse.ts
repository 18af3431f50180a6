/**
 * argv → what to do. All mistakes of a line are reported here, before any connection.
 * `--help` and `--version` are handled before anything heavy is loaded.
 */
import { LockstepError } from '../core/errors.ts';
import { MODES } from '../run/modes/modes.ts';
import type { Mode, RunRequest } from '../run/request/request.ts';
import { LOCKING_MODES, refusalOf } from '../run/rules/rules.ts';
import { quoteInput } from '../text/quote-input.ts';
import { refuseCombinations } from './combinations.ts';
import type { CutLine } from './cut-line.ts';
import { strayWordHint } from './habits.ts';
import { readLine } from './read-line.ts';
import { toRequest } from './to-request.ts';
import { withoutEffect } from './without-effect.ts';

export type ParsedArguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly request: RunRequest; readonly remarks: readonly string[] };

export interface Caller {
  /** LOCKSTEP_SESSION is set: the nodes are already known. */
  readonly isInSession?: boolean;
  /** Called by that name. */
  readonly asOrgalorg?: boolean;
}

/** `argv` has no node and script. `remarks`: a sentence for each option without effect. Throws LockstepError `usage`. */
export async function parseArguments(
  argv: readonly string[],
  { isInSession = false, asOrgalorg = false }: Caller = {},
): Promise<ParsedArguments> {
  const line = readLine(argv);
  if (line === 'help' || line === 'version') return { kind: line };
  const parsed = { ...line, mode: chooseMode(line), isInSession };
  refuseCombinations(parsed);
  const request = toRequest(parsed, asOrgalorg);
  const refusal = refusalOf({ request, isInSession });
  if (refusal !== undefined) throw new LockstepError('usage', refusal.line, { hint: refusal.hint });
  return { kind: 'run', request, remarks: withoutEffect(parsed) };
}

function chooseMode(line: CutLine): Mode {
  const given = line.options.filter(({ name }) => isMode(name));
  const mode = given.map(({ name }) => name).find(isMode);
  // A mode may be repeated like any flag, but not with two different runs to break.
  const isOne = given.every(({ name, value }) => name === given[0]?.name && value === given[0].value);
  if (mode !== undefined && isOne) return mode;
  if (given.length > 1) {
    throw new LockstepError(
      'usage',
      `${given.map(({ written }) => written).join(' and ')} exclude each other`,
      {
        hint: 'give one mode a run',
      },
    );
  }
  throw new LockstepError('usage', `no mode: give one of ${LOCKING_MODES.replace(' and', ',')}`, {
    hint: strayWordHint({ ...line, quoted: quoteInput(line.words[0] ?? '') }),
  });
}

function isMode(name: string): name is Mode {
  return Object.hasOwn(MODES, name);
}
