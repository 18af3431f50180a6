/**
 * argv → what to do. Everything that is wrong with a line is said here, before any connection.
 * `--help` and `--version` are decided before anything heavy is loaded.
 */
import { LockstepError } from '../core/errors.ts';
import type { Mode, RunRequest } from '../run/request.ts';
import { quoteInput } from '../text/quote-input.ts';
import { refuseCombinations } from './combinations.ts';
import { strayWordHint } from './habits.ts';
import { type NormalisedLine, normalise } from './normalise.ts';
import { toRequest } from './to-request.ts';
import { readValues } from './values.ts';
import { withoutEffect } from './without-effect.ts';

export type ParsedArguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly request: RunRequest; readonly remarks: readonly string[] };

export interface Caller {
  /** LOCKSTEP_SESSION is set: the nodes are known already. */
  readonly isInSession?: boolean;
  /** Called by that name. */
  readonly asOrgalorg?: boolean;
}

/** `argv` is without node and script. `remarks`: what was given and has no effect, each as a sentence. Throws LockstepError `usage`. */
export async function parseArguments(
  argv: readonly string[],
  { isInSession = false, asOrgalorg = false }: Caller = {},
): Promise<ParsedArguments> {
  const line = normalise(argv);
  for (const { name, written } of line.options) {
    if (written === '-h' && line.words.length > 0) throw HELP_WITH_WORDS();
    if (name === 'help' || name === 'version') return { kind: name };
  }
  const values = readValues(line.options);
  const parsed = { mode: chooseMode(line), values, words: line.words, isInSession };
  refuseCombinations(parsed);
  return { kind: 'run', request: toRequest(parsed, asOrgalorg), remarks: withoutEffect(parsed) };
}

/** As `pssh -h hosts uptime`: a script must not take the help for a run that went well. */
const HELP_WITH_WORDS = () =>
  new LockstepError('usage', '-h is for help, and takes no words', {
    hint: 'a host file is -o ./FILE, and a command stands after -C: lockstep -o ./FILE -C uptime',
  });

const MODES: ReadonlyMap<string, Mode> = new Map([
  ['command', 'command'],
  ['upload', 'upload'],
  ['sync', 'sync'],
  ['lock', 'lock'],
  ['lock-status', 'lock-status'],
  ['lock-break', 'lock-break'],
]);

function chooseMode(line: NormalisedLine): Mode {
  const given = line.options.filter(({ name }) => MODES.has(name));
  const mode = MODES.get(given[0]?.name ?? '');
  // A mode may be repeated like any flag, but not with two runs to break.
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
  throw new LockstepError('usage', 'no mode: give one of -C, -U, -S, -L', {
    hint: strayWordHint({ ...line, quoted: quoteInput(line.words[0] ?? '') }),
  });
}
