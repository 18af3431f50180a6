/**
 * argv → what to do. Everything that is wrong with a line is said here, before any connection.
 * `--help` and `--version` are decided before anything heavy is loaded.
 */
import { LockstepError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { quoteInput } from '../text/quote-input.ts';
import { type ParsedLine, refuseCombinations } from './combinations.ts';
import { strayWordHint } from './habits.ts';
import { nodePath } from './node-path.ts';
import { type NormalisedLine, normalise } from './normalise.ts';
import type { Mode, Options } from './options.ts';
import type { OptionValues } from './table.ts';
import { readTiming } from './timing.ts';
import { readValues } from './values.ts';
import { runsPlainCommand, withoutEffect } from './without-effect.ts';

export type ParsedArguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly options: Options };

/** `argv` is without node and script. In a session the nodes are known already. Throws LockstepError `usage`. */
export async function parseArguments(argv: readonly string[], isInSession = false): Promise<ParsedArguments> {
  const line = normalise(argv);
  for (const { name, written } of line.options) {
    if (written === '-h' && line.words.length > 0) throw HELP_WITH_WORDS();
    if (name === 'help' || name === 'version') return { kind: name };
  }
  const values = readValues(line.options);
  const parsed = { mode: chooseMode(line), values, words: line.words, isInSession };
  refuseCombinations(parsed);
  return { kind: 'run', options: toOptions(parsed) };
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

function toOptions(line: ParsedLine): Options {
  const { mode, values, words } = line;
  return {
    mode,
    words,
    withoutEffect: withoutEffect(line),
    hosts: values.host,
    readStdin: values['read-stdin'],
    user: values.user,
    key: values.key,
    password: values.password,
    strictHostKeyChecking: values['strict-host-key-checking'] ?? 'accept-new',
    knownHosts: values['known-hosts'],
    threads: readThreads(values),
    sudo: values.sudo,
    noLock: values['no-lock'],
    noLockFail: values['no-lock-fail'],
    noConnFail: values['no-conn-fail'],
    lockFile: values['lock-file'] === undefined ? undefined : nodePath(values['lock-file'], '--lock-file'),
    lockShared: values['lock-shared'],
    lockReason: values['lock-reason'] ?? '',
    breakRun: values['lock-break'],
    yes: values.yes,
    root: values.root === undefined ? undefined : nodePath(values.root, '-r'),
    relative: values.relative,
    stdin: runsPlainCommand(mode, values) ? values.stdin : undefined,
    syncCommand: values['sync-cmd'],
    toolArguments: values.arg,
    simple: values.simple,
    shell: values.shell,
    upload: !values['no-upload'],
    failFast: values['fail-fast'],
    keepStaged: values['keep-staged'],
    preserveUid: !values['no-preserve-uid'],
    preserveGid: !values['no-preserve-gid'],
    serial: values.serial,
    quiet: values.quiet,
    verbose: Math.min(2, values.verbose),
    json: values.json,
    color: values.color ?? 'auto',
    barFormat: chooseTheme(values) ?? values['bar-format'] ?? 'default',
    logFormat: chooseTheme(values) ?? values['log-format'] ?? 'default',
    fold: values.fold,
    outdir: values.outdir,
    failedTo: values['failed-to'],
    ...readTiming(values),
  };
}

/** A theme for both; light wins over dark, and both over the formats, as in orgalorg. */
function chooseTheme(values: OptionValues): 'light' | 'dark' | undefined {
  if (values['colors-light']) return 'light';
  return values['colors-dark'] ? 'dark' : undefined;
}

function readThreads(values: OptionValues): number {
  const text = values.threads;
  if (text === undefined) return LIMITS.connectsAtOnce;
  const threads = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (threads >= 1 && threads <= LIMITS.nodesMax) return threads;
  throw new LockstepError('usage', `--threads given invalid value: ${quoteInput(text)}`, {
    hint: `it takes a number from 1 to ${LIMITS.nodesMax}`,
  });
}
