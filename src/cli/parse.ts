/**
 * argv → what to do. Everything that is wrong with a line is said here, before any connection.
 * `--help` and `--version` are decided before anything heavy is loaded.
 */
import { LockstepError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { quoteInput } from '../targets/quote-input.ts';
import { type ParsedLine, refuseCombinations } from './combinations.ts';
import { strayWordHint } from './habits.ts';
import { nodePath } from './node-path.ts';
import { type NormalisedLine, normalise } from './normalise.ts';
import type { Mode, Options } from './options.ts';
import type { OptionValues } from './table.ts';
import { readTiming } from './timing.ts';
import { readValues, readValuesPlainly } from './values.ts';

export type ParsedArguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly options: Options };

/** `argv` is without node and script. In a session the nodes are known already. Throws LockstepError `usage`. */
export async function parseArguments(argv: readonly string[], isInSession = false): Promise<ParsedArguments> {
  const line = normalise(argv);
  for (const { name } of line.options) {
    if (name === 'help' || name === 'version') return { kind: name };
  }
  const values = isInSession ? readValuesPlainly(line.options) : await readValues(line.options);
  const parsed = { mode: chooseMode(line), values, words: line.words, isInSession };
  refuseCombinations(parsed);
  return { kind: 'run', options: toOptions(parsed) };
}

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
  if (mode !== undefined && given.length === 1) return mode;
  if (given.length > 1) {
    throw new LockstepError(
      'usage',
      `${given.map(({ written }) => written).join(' and ')} exclude each other`,
      {
        hint: 'give one mode a run',
      },
    );
  }
  const word = line.words[0];
  throw new LockstepError('usage', 'no mode: give one of -C, -U, -S, -L', {
    hint:
      word === undefined
        ? 'for instance: lockstep -o HOST -C uptime'
        : strayWordHint(line.options.at(-1)?.name, quoteInput(word)),
  });
}

function toOptions({ mode, values, words }: ParsedLine): Options {
  return {
    mode,
    words,
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
    lockFile: values['lock-file'] === undefined ? undefined : nodePath(values['lock-file']),
    lockShared: values['lock-shared'],
    lockReason: values['lock-reason'] ?? '',
    breakRun: values['lock-break'],
    yes: values.yes,
    root: values.root === undefined ? undefined : nodePath(values.root),
    relative: values.relative,
    stdin: values.stdin,
    syncCommand: values['sync-cmd'],
    toolArguments: values.arg,
    simple: values.simple,
    shell: values.shell ?? "bash -c '{}'",
    upload: !values['no-upload'],
    keepStaged: values['keep-staged'],
    preserveUid: !values['no-preserve-uid'],
    preserveGid: !values['no-preserve-gid'],
    serial: values.serial,
    quiet: values.quiet,
    verbose: Math.min(2, values.verbose),
    json: values.json,
    color: values.color ?? 'auto',
    ...readTiming(values),
  };
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
