/**
 * Mistakes that only a command line can hold: options of other modes, words that nobody takes, and what fingers trained
 * on other tools type. `run/rules` has what no run can do. Pure.
 */
import { LockstepError } from '../core/errors.ts';
import { MODES } from '../run/modes/modes.ts';
import type { Mode } from '../run/request/request.ts';
import { LOCKING_MODES, modesThat } from '../run/rules/rules.ts';
import type { GivenOption } from './cut-line.ts';
import { isIdentityFile, isNumberOrTime, isSshOption } from './habits.ts';
import { nameOf, type OptionRow } from './table/option-row.ts';
import type { OptionValues } from './table/option-values.ts';
import { OPTION_TABLE } from './table/table.ts';

export interface ParsedLine {
  readonly mode: Mode;
  readonly options: readonly GivenOption[];
  readonly values: OptionValues;
  readonly words: readonly string[];
  /** LOCKSTEP_SESSION is set: the nodes are the session's. */
  readonly isInSession: boolean;
}

/** Throws LockstepError `usage` for the first mistake. */
export function refuseCombinations(line: ParsedLine): void {
  const broken = RULES.find(({ isBroken }) => isBroken(line)) ?? strangeOption(line);
  if (broken !== undefined) throw new LockstepError('usage', broken.message, { hint: broken.hint });
}

/** Options on the line that belong to the work of other modes. */
export function strangeOptions({ mode, options }: ParsedLine): readonly OptionRow[] {
  const given = new Set(options.map(({ row }) => row));
  return OPTION_TABLE.filter((row: OptionRow) => given.has(row) && !hasOption(mode, row));
}

/** Whether a mode has this option, as its own or as all modes do. */
export function hasOption(mode: Mode, { of }: OptionRow): boolean {
  const { runsCommands, changesFiles, takes } = MODES[mode];
  if (of === 'commands') return runsCommands === true;
  if (of === 'checks') return runsCommands !== false;
  if (of === 'traffic') return changesFiles || takes === 'paths';
  if (of === 'questions') return changesFiles || mode === 'lock-break';
  return of === undefined || of === mode || (of === 'files' && changesFiles);
}

/** `-U and -S` */
export function modesWith(row: OptionRow): string {
  return modesThat(({ name }) => hasOption(name, row));
}

interface Broken {
  readonly message: string;
  readonly hint: string;
}

function strangeOption(line: ParsedLine): Broken | undefined {
  const row = strangeOptions(line).find(({ elsewhere }) => elsewhere !== undefined);
  if (row?.elsewhere === undefined) return undefined;
  return { message: `${nameOf(row)} goes with ${modesWith(row)} only`, hint: row.elsewhere };
}

interface Rule extends Broken {
  readonly isBroken: (line: ParsedLine) => boolean;
}

const RULES: readonly Rule[] = [
  {
    isBroken: ({ options }) => options.filter(({ row }) => row?.long === 'rollout').length > 1,
    message: '--rollout stands twice: one run has one rollout file',
    hint: 'write both into one file',
  },
  {
    isBroken: ({ isInSession, options, words }) =>
      !isInSession &&
      !options.some(({ row }) => row?.field?.startsWith('targets.') && row.long !== 'user') &&
      words.some((word) => /^(?:-o|--host)/.test(word)),
    message: 'no targets: -o stands behind the first word, and so is a part of the command or a file',
    hint: 'options stand before: -o HOST -C uptime',
  },
  {
    isBroken: ({ mode, words }) => MODES[mode].takes === 'nothing' && words.length > 0,
    message: `${modesThat(({ takes }) => takes === 'nothing')} take no command and no files`,
    hint: `leave the words out; options stand before ${LOCKING_MODES}`,
  },
  {
    isBroken: ({ mode, words, values }) =>
      mode === 'sync' && (words.length > 0 || values['files-from'] !== undefined) && values['no-upload'],
    message: '--no-upload goes without files',
    hint: 'leave out the files and --files-from, or --no-upload',
  },
  {
    isBroken: ({ values }) => values['dry-run'] && values.audit,
    message: '--dry-run and --audit exclude each other',
    hint: '--dry-run tells what this upload would change, --audit what has changed on the nodes, with extra files there',
  },
  {
    isBroken: ({ values }) => values['no-lock'] && values['lock-shared'],
    message: '--lock-shared needs a lock',
    hint: 'leave it out, or leave out -y',
  },
  {
    isBroken: ({ values }) => values.host.some(isSshOption),
    message: '-o takes a target here, not an option of ssh',
    hint: 'it is --ssh-option here, or stands in ~/.ssh/config',
  },
  {
    isBroken: ({ values }) => values.stdin !== undefined && isIdentityFile(values.stdin),
    message: '-i would send a private key to the stdin of every command',
    hint: 'the key to log in with is -k FILE; to send it all the same: -i /dev/stdin <FILE',
  },
  {
    isBroken: ({ mode, words }) =>
      /^(?:command|program)$/.test(MODES[mode].takes) && isNumberOrTime(words[0] ?? ''),
    message: 'the command, or program, is a number or a time',
    hint: 'options end at the first word; -p, -t and -l take no value here (see -o HOST:PORT, -c MS and -u NAME), --lock-wait takes it as --lock-wait=TIME',
  },
];
