/**
 * Options that do not go together, each refused with what to do instead. Pure.
 */
import { LockstepError } from '../core/errors.ts';
import { STDIN_PATHS } from '../core/surroundings.ts';
import type { HeldMode, LookMode } from '../run/modes/mode.ts';
import { MODES } from '../run/modes/modes.ts';
import type { Mode } from '../run/request.ts';
import type { GivenOption } from './cut-line.ts';
import { isIdentityFile, isNumberOrTime, isSshOption } from './habits.ts';
import type { OptionValues } from './table.ts';
import { runsPlainCommand } from './without-effect.ts';

export interface ParsedLine {
  readonly mode: Mode;
  readonly options: readonly GivenOption[];
  readonly values: OptionValues;
  readonly words: readonly string[];
  /** LOCKSTEP_SESSION is set: the nodes are the session's. */
  readonly isInSession: boolean;
}

interface Rule {
  readonly isBroken: (line: ParsedLine) => boolean;
  readonly message: string;
  readonly hint: string;
}

/** Throws LockstepError `usage` for the first rule that the line breaks. */
export function refuseCombinations(line: ParsedLine): void {
  for (const { isBroken, message, hint } of RULES) {
    if (isBroken(line)) throw new LockstepError('usage', message, { hint });
  }
  refuseSharedStdin(line);
}

const isInquiry = (mode: Mode) => MODES[mode].locks === 'nothing';

/** `-C, -U and -S`: the options of the modes that fit. */
function optionsOf(fits: (mode: HeldMode | LookMode) => boolean): string {
  const options = Object.values(MODES).flatMap((mode) => (fits(mode) ? [mode.option] : []));
  return options.join(', ').replace(/, ([^,]*)$/, ' and $1');
}

/** A command or files: what a node could fail. */
function worksOnNodes({ takes }: HeldMode | LookMode): boolean {
  return takes === 'command' || takes === 'files';
}

/** What says how a lock is taken goes with a lock that is taken. */
const LOCK_RULES: readonly Rule[] = [
  {
    isBroken: ({ mode, values }) => isInquiry(mode) && (values['no-lock'] || values['no-lock-fail']),
    message: '-y and -t do not go with --lock-status and --lock-break',
    hint: 'these take no lock anyway',
  },
  {
    isBroken: ({ mode, values }) =>
      (isInquiry(mode) || values['no-lock']) &&
      (values['lock-wait'] > 0 || values['lock-shared'] || values['lock-reason'] !== ''),
    message: '--lock-wait, --lock-shared and --lock-reason go with a lock that is taken',
    hint: 'leave them out, or leave out -y, --lock-status or --lock-break',
  },
  {
    isBroken: ({ mode, values }) => values['lock-shared'] && MODES[mode].locks === 'exclusive',
    message: `--lock-shared goes with ${optionsOf(({ locks }) => locks === 'may-share')} only`,
    hint: `${optionsOf(({ changesFiles }) => changesFiles)} change the nodes, and so are never among readers`,
  },
  {
    isBroken: ({ mode, values }) => values.yes && mode !== 'lock-break',
    message: '--yes goes with --lock-break only',
    hint: 'no other mode asks a question',
  },
];

/** What other tools mean by the same letters, where it would do something else here. */
const HABIT_RULES: readonly Rule[] = [
  {
    isBroken: ({ values }) => values.host.some(isSshOption),
    message: '-o takes a target here, not an option of ssh',
    hint: 'see --strict-host-key-checking, --known-hosts, -c, -k and -u',
  },
  {
    isBroken: ({ values }) => values.stdin !== undefined && isIdentityFile(values.stdin),
    message: '-i would send a private key to the stdin of every command',
    hint: 'the key to log in with is -k FILE; to send it all the same: -i /dev/stdin <FILE',
  },
  {
    isBroken: ({ mode, words }) => (mode === 'command' || mode === 'lock') && isNumberOrTime(words[0] ?? ''),
    message: 'the command, or program, is a number or a time',
    hint: 'options end at the first word; -p, -t and -l take no value here (see -o HOST:PORT, -c MS and -u NAME), --lock-wait takes it as --lock-wait=TIME',
  },
];

/** Options for commands, their output and their failures. */
const COMMAND_RULES: readonly Rule[] = [
  {
    isBroken: ({ mode, values }) =>
      (values.timeout !== undefined || values['fail-fast']) && !runsPlainCommand(mode, values),
    message: '--timeout and --fail-fast go with -C, or with -S -m',
    hint: 'a sync tool that fails ends the others anyway; --barrier-timeout limits how long they wait for one',
  },
  {
    isBroken: ({ mode, values }) =>
      (values.fold !== undefined || values.outdir !== undefined) && !MODES[mode].runsCommands,
    message: `--fold and --outdir go with ${optionsOf(({ runsCommands }) => runsCommands)}`,
    hint: 'nothing else has output of commands',
  },
  {
    isBroken: ({ mode, values }) => values['failed-to'] !== undefined && !worksOnNodes(MODES[mode]),
    message: `--failed-to goes with ${optionsOf(worksOnNodes)}`,
    hint: 'nothing else does work that a node could fail',
  },
];

const RULES: readonly Rule[] = [
  {
    isBroken: (line) => hasNoTargets(line) && line.words.some((word) => /^(?:-o|--host)/.test(word)),
    message: 'no targets: -o stands behind the first word, and so is a part of the command or a file',
    hint: 'options stand before: -o HOST -C uptime',
  },
  {
    isBroken: hasNoTargets,
    message: 'no targets',
    hint: 'give -o HOST, -o ./FILE, or -s to read them from stdin',
  },
  {
    isBroken: ({ mode, words }) => mode === 'command' && words.join('').trim() === '',
    message: '-C needs a command',
    hint: 'write it after the options: -C uptime',
  },
  {
    isBroken: ({ mode, words }) => mode === 'upload' && words.length === 0,
    message: '-U needs files',
    hint: 'write them after the options: -r DIR -U FILE…',
  },
  {
    isBroken: ({ mode, words }) => isInquiry(mode) && words.length > 0,
    message: '--lock-status and --lock-break take no command and no files',
    hint: 'they do nothing beside; options stand before -C, -U, -S and -L',
  },
  {
    isBroken: ({ mode, words }) => mode === 'lock' && words[0] === '',
    message: 'the name of the program is empty',
    hint: 'is a variable of your script unset?',
  },
  {
    isBroken: ({ mode, words }) => mode !== 'command' && mode !== 'lock' && words.includes(''),
    message: 'a file name is empty',
    hint: 'is a variable of your script unset?',
  },
  {
    isBroken: ({ mode, words, values }) => mode === 'sync' && words.length > 0 && values['no-upload'],
    message: '--no-upload goes without files',
    hint: 'leave out the files, or --no-upload',
  },
  {
    isBroken: ({ mode, values }) => mode !== 'sync' && values['no-upload'],
    message: '--no-upload goes with -S only',
    hint: 'to run a command without files, use -C',
  },
  {
    isBroken: ({ mode, values }) => mode !== 'sync' && values.arg.length > 0,
    message: '-g goes with -S only',
    hint: 'with -C, write arguments behind the command',
  },
  {
    isBroken: ({ mode, values }) => mode !== 'sync' && values['keep-staged'],
    message: '--keep-staged goes with -S only',
    hint: '-U moves the files to their destination; there is nothing else to do with them',
  },
  {
    isBroken: ({ values }) => values.password && values['strict-host-key-checking'] === 'no',
    message: '-p needs host keys that are checked',
    hint: 'with no check anybody could take the password: use accept-new or yes',
  },
  ...LOCK_RULES,
  ...HABIT_RULES,
  ...COMMAND_RULES,
  {
    isBroken: ({ values }) => hasLineBreak(values.root),
    message: 'the value of -r holds a newline or a NUL',
    hint: 'give a path of one line',
  },
  {
    isBroken: ({ values }) => hasLineBreak(values['lock-file']),
    message: 'the value of --lock-file holds a newline or a NUL',
    hint: 'give a path of one line',
  },
];

function hasNoTargets({ values, isInSession }: ParsedLine): boolean {
  if (isInSession || values['read-stdin']) return false;
  return values.host.length === 0 && values.inventory === undefined && values['targets-from'] === undefined;
}

/** Paths travel to the nodes in lines and in argv. */
function hasLineBreak(path: string | undefined): boolean {
  return path !== undefined && /[\n\0]/.test(path);
}

/** Two readers of one stdin would each get a part of it. */
function refuseSharedStdin({ mode, values }: ParsedLine): void {
  const stdin = runsPlainCommand(mode, values) ? values.stdin : undefined;
  const readers = [
    ...(values['read-stdin'] ? ['-s'] : []),
    ...(stdin !== undefined && STDIN_PATHS.includes(stdin) ? [`-i ${stdin}`] : []),
    ...values.host.filter((host) => STDIN_PATHS.includes(host)).map((host) => `-o ${host}`),
  ];
  if (readers.length < 2) return;
  throw new LockstepError('usage', `${readers.join(' and ')} would both read stdin`, {
    hint: 'put one of them into a file',
  });
}
