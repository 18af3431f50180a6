/** `lockstep __complete WORD…`: what may end a line, for the completion script of a shell, which asks at each TAB. */
import { MODES } from '../../run/modes/modes.ts';
import { cutLine, type GivenOption } from '../cut-line.ts';
import type { OptionRow } from '../table/option-row.ts';
import { OPTION_TABLE } from '../table/table.ts';
import { helpOf } from '../usage.ts';

/** Facts from beside the line. */
export interface Known {
  /** What may stand as the first word. */
  readonly words: readonly string[];
  readonly hosts: () => readonly string[];
  /** `@web`, `@dc=east`; asked for only if the user has typed an `@`. */
  readonly groups: readonly string[];
}

interface Offer {
  /** What the shell should add, since it knows better. */
  readonly kind?: 'file' | 'directory' | 'user' | 'command';
  /** The part of the word before what the shell completes: `--outdir=`. */
  readonly before?: string;
  /** Whole words, with what they are. */
  readonly names?: readonly (readonly [name: string, help?: string])[];
}

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/**
 * `line`: the words after the program's name; the user is typing the last one, which may be empty. The answer: a line
 * `KIND<TAB>BEFORE` (KIND is none, file, directory, user or command), then a line for each name, `NAME` or
 * `NAME<TAB>HELP`.
 */
export function completions(line: readonly string[], known: Known): string {
  const { kind = 'none', before = '', names = [] } = offer(line.slice(0, -1), line.at(-1) ?? '', known);
  return `${[[kind, before], ...names].map((fields) => `${fields.join('\t')}\n`).join('')}`;
}

function offer(before: readonly string[], current: string, known: Known): Offer {
  const [first] = before;
  if (first === 'completion') return before.length === 1 ? { names: SHELLS.map((shell) => [shell]) } : {};
  if (first === 'run') return before.at(-1) === '--request' ? { kind: 'file' } : { names: RUN_OPTIONS };
  if (first !== undefined && known.words.includes(first)) return {};
  // If a `-h` put there is an option, or a value, or a word, then so is what the user types.
  const { options, words } = cutLine([...before, '-h']);
  const last = options.at(-1);
  const mode = Object.values(MODES).find(({ name }) => options.some((option) => option.name === name));
  const firstWord = mode && OF_FIRST_WORD[mode.takes];
  if (words.length > 1) return { kind: 'file' };
  if (words.length === 1) return firstWord ?? { kind: 'file' };
  if (last !== undefined && last.at < before.length) return valueOffer(last, '', current, known);
  if (current.startsWith('-')) return optionOffer(current, known);
  return firstWord ?? (before.length === 0 ? { names: known.words.map((word) => [word]) } : {});
}

const RUN_OPTIONS = [
  ['--request', 'the run, as JSON, in a file, or - for stdin'],
  ['--events', 'a descriptor for events, as JSON lines'],
] as const;

/** By what the mode takes. */
const OF_FIRST_WORD = {
  command: { kind: 'command' },
  program: { kind: 'command' },
  files: { kind: 'file' },
  paths: {},
  nothing: {},
} as const;

function optionOffer(current: string, known: Known): Offer {
  const typed = cutLine([current]).options;
  const last = typed.at(-1);
  if (last?.value !== undefined && (current.includes('=') || !current.startsWith('--'))) {
    return valueOffer(last, current.slice(0, current.length - last.value.length), last.value, known);
  }
  const rows: readonly OptionRow[] = OPTION_TABLE;
  const letters = rows.flatMap((row) => (row.short === undefined ? [] : [[row.short, helpOf(row)] as const]));
  const behind = (prefix: string) => letters.map(([short, help]) => [`${prefix}${short}`, help] as const);
  const isCluster = typed.length > 0 && !current.startsWith('--');
  if (isCluster) return { names: [[current], ...behind(current)] };
  return { names: [...rows.map((row) => [`--${row.long}`, helpOf(row)] as const), ...behind('-')] };
}

/** `before`: the part of the word before the value. */
function valueOffer({ row }: GivenOption, before: string, value: string, known: Known): Offer {
  if (row?.choices !== undefined) return { names: row.choices.map((choice) => [`${before}${choice}`]) };
  if (row?.completes === undefined) return {};
  if (row.completes !== 'target') return { kind: row.completes, before };
  if (/^\.{0,2}\//.test(value)) return { kind: 'file', before };
  const [, picked = '', term = ''] = /^(.*[&!])?(.*)$/s.exec(value) ?? [];
  if (term.startsWith('@')) return { names: known.groups.map((group) => [`${before}${picked}${group}`]) };
  const user = term.slice(0, term.lastIndexOf('@') + 1);
  return { names: known.hosts().map((host) => [`${before}${picked}${user}${host}`]) };
}
