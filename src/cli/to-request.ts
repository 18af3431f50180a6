/**
 * Makes a request of a command line that was read and checked. The rows of the table name the fields to copy; here is
 * what follows from more than one option. Pure.
 */
import { LockstepError } from '../core/errors.ts';
import type { ModeTraits } from '../run/modes/mode.ts';
import { MODES } from '../run/modes/modes.ts';
import { nodePath } from '../run/node-path.ts';
import type { LockWish, Mode, RunRequest, Show, WorkRequest } from '../run/request/request.ts';
import { quoteInput } from '../text/quote-input.ts';
import { hasOption, type ParsedLine } from './combinations.ts';
import type { FieldValues, OptionValues } from './table/option-values.ts';
import { OPTION_TABLE, type OptionRow } from './table/table.ts';
import { readTimes } from './timing.ts';
import { runsTool } from './without-effect.ts';

/** `asOrgalorg`: under that name scripts find the words and places that they know. Throws LockstepError `usage`. */
export function toRequest(line: ParsedLine, asOrgalorg: boolean): RunRequest {
  const { mode, values } = line;
  const root = values.root === undefined ? undefined : nodePath(values.root, '-r');
  return {
    version: 1,
    targets: copied('targets', values),
    connect: { ...copied('connect', values), ...toAccount(values) },
    lock: { ...copied('lock', values), ...toLock(MODES[mode], values, root) },
    times: { ...copied('times', values), ...readTimes(values) },
    show: { ...copied('show', values), ...toShow(values), asOrgalorg },
    rollout: { ...copied('rollout', values), order: splitTargets(values.order) },
    work: toWork(line, root, asOrgalorg),
  };
}

/** A line that names whose password sudo asks for, or the account that it gives, also asks for sudo. */
function toAccount({
  sudo,
  become,
  'ask-sudo-password': isAsked,
  'sudo-password-for': groups,
}: OptionValues) {
  return {
    asRoot: sudo || isAsked || become !== undefined || groups.length > 0,
    becomes: become ?? 'root',
  };
}

/** The values of the rows for one section of the request. */
function copied<Section extends string>(
  section: Section,
  values: OptionValues,
  isMeant: (row: OptionRow) => boolean = () => true,
): FieldValues<Section> {
  const fields = OPTION_TABLE.flatMap((row: OptionRow) => {
    const [of, name = ''] = row.field?.split('.') ?? [];
    const value = values[row.long as keyof OptionValues];
    return of === section && isMeant(row) ? [[name, row.inverts ? !value : value]] : [];
  });
  // The rows are those that FieldValues is derived from.
  return Object.fromEntries(fields) as FieldValues<Section>;
}

function toLock(
  { changesFiles }: ModeTraits,
  values: OptionValues,
  root: string | undefined,
): Pick<LockWish, 'kind' | 'path' | 'makes'> {
  const file = values['lock-file'];
  return {
    kind: values['no-lock'] ? 'none' : values['lock-shared'] ? 'shared' : 'exclusive',
    path: file === undefined ? root : nodePath(file, '--lock-file'),
    makes: file !== undefined ? 'file' : changesFiles ? 'directory' : 'none',
  };
}

/** At commas outside of ranges. */
function splitTargets(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(/,(?![^[]*\])/);
}

/** A theme sets both; light wins over dark, and both over the formats, as in orgalorg. */
function toShow(values: OptionValues): Pick<Show, 'verbose' | 'barFormat' | 'logFormat'> {
  const theme = values['colors-light'] ? 'light' : values['colors-dark'] ? 'dark' : undefined;
  return {
    verbose: Math.min(2, values.verbose),
    barFormat: theme ?? values['bar-format'],
    logFormat: theme ?? values['log-format'],
  };
}

function toWork(
  { mode, values, words }: ParsedLine,
  root: string | undefined,
  asOrgalorg: boolean,
): WorkRequest {
  const record = MODES[mode];
  const work = {
    ...copied('work', values, (row) => hasOption(mode, row)),
    ...WORDS[record.takes](words, root),
    ...(record.runsCommands || record.changesFiles || record.takes === 'paths' || HAVE_RELEASES.has(mode)
      ? { directory: root }
      : {}),
    ...(record.changesFiles ? { look: toLook(values) } : {}),
    ...(runsTool(mode, values) ? { stdin: undefined } : {}),
    // Scripts of orgalorg find the uploaded files where it leaves them.
    ...(mode === 'sync' && asOrgalorg ? { staysStaged: true } : {}),
    mode,
  };
  // Each mode's rows and words are the fields of its work in the schema; a test holds them to that.
  return work as WorkRequest;
}

function toLook(values: OptionValues): 'dry-run' | 'audit' | undefined {
  return values.audit ? 'audit' : values['dry-run'] ? 'dry-run' : undefined;
}

/** `-r` is where the releases are. */
const HAVE_RELEASES: ReadonlySet<Mode> = new Set(['rollback', 'releases']);

/** The words after the options, by what the mode takes. */
const WORDS = {
  command: (words: readonly string[]) => ({ text: words.join(' ') }),
  files: (files: readonly string[]) => ({ files }),
  paths: (paths: readonly string[], root?: string) => {
    const atHome = paths.find((path) => /^(?:~|\$HOME|\$\{HOME\})(?:\/|$)/.test(path));
    if (root !== undefined && atHome !== undefined) {
      const message = `-r says where relative paths count from, and ${quoteInput(atHome)} counts from the login directory`;
      throw new LockstepError('usage', message, { hint: 'write it from /, or leave out -r' });
    }
    return { paths: paths.map((path) => nodePath(path, '--download')) };
  },
  program: (program: readonly string[]) => ({ program }),
  nothing: () => ({}),
} as const;
