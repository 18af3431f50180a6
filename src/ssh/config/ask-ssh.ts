/** `ssh -G`: OpenSSH itself says what its files mean for one host. It costs a process, so lockstep asks only where it must. */
import { execFile } from 'node:child_process';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Gathered, Kept, Said, Wanted } from './evaluate.ts';
import { ALIASES, GATHERED, type Keyword, keywordOf } from './keywords.ts';
import type { Position } from './lines.ts';

export interface Question extends Omit<Wanted, 'localUser'> {
  /** As `--ssh-config`. */
  readonly file: string | undefined;
  readonly options: readonly string[];
}

export type Answer =
  | { readonly kind: 'said'; readonly said: Said }
  | { readonly kind: 'missing' }
  /** `isUnreadable`: ssh cannot read the files for any host. */
  | { readonly kind: 'refused'; readonly reason: string; readonly isUnreadable: boolean };

/** Never rejects. `silent`: what ssh prints for a host that no file mentions, from `baseline`. */
export async function askSsh(question: Question, silent: Lines): Promise<Answer> {
  const { file, options, user, port, host } = question;
  const answer = await run([
    '-G',
    ...(file === undefined ? [] : ['-F', file]),
    ...options.flatMap((option) => ['-o', option]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    '--',
    user === undefined ? host : `${user}@${host}`,
  ]);
  if (answer.kind !== 'text') return answer;
  return { kind: 'said', said: toSaid(readLines(answer.text), silent, question) };
}

/** The lines that ssh prints, by keyword. */
export type Lines = ReadonlyMap<string, readonly string[]>;

/** Returns what ssh prints without any file. */
export async function baseline(): Promise<Lines> {
  const answer = await run(['-G', '-F', 'none', '--', 'nobody']);
  return answer.kind === 'text' ? readLines(answer.text) : new Map();
}

type Output = { readonly kind: 'text'; readonly text: string } | Exclude<Answer, { kind: 'said' }>;

function run(words: readonly string[]): Promise<Output> {
  return new Promise((resolve) => {
    const settings = { timeout: LIMITS.sshAnswerTimeoutMs, maxBuffer: LIMITS.sshConfigBytesMax };
    const child = execFile('ssh', words, settings, (error, text, said) => {
      if (error === null) return resolve({ kind: 'text', text });
      if (error.code === 'ENOENT') return resolve({ kind: 'missing' });
      const lines = said.trim().split('\n');
      const isUnreadable = /bad configuration option/i.test(said);
      const first = isUnreadable ? lines[0] : lines.at(-1);
      resolve({ kind: 'refused', reason: first || error.message, isUnreadable });
    });
    // With a terminal ssh could ask for a passphrase.
    child.stdin?.end();
  });
}

function readLines(text: string): Lines {
  const lines = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const at = line.indexOf(' ');
    if (at < 0) continue;
    const name = line.slice(0, at).toLowerCase();
    const values = lines.get(name) ?? [];
    lines.set(name, values);
    values.push(line.slice(at + 1));
  }
  return lines;
}

/** A value that ssh prints without any file, too, does not come from a file. */
function toSaid(lines: Lines, silent: Lines, { host }: Question): Said {
  const place: Position = { file: 'ssh -G', line: 0, column: 0 };
  const first = new Map<Keyword, Kept>();
  const gathered = new Map<Keyword, Gathered[]>();
  for (const [name, printed] of lines) {
    const keyword = keywordOf(name);
    if (keyword === undefined || name in ALIASES || isSame(printed, silent.get(name))) continue;
    if (GATHERED.has(keyword))
      gathered.set(
        keyword,
        printed.map((value) => ({ value, place, isOfUser: true })),
      );
    else first.set(keyword, { values: valuesOf(keyword, printed), place });
  }
  const address = lines.get('hostname')?.[0] ?? host;
  first.delete('hostname');
  return { first, gathered, address, undecided: [] };
}

function isSame(one: readonly string[], other: readonly string[] | undefined): boolean {
  return other !== undefined && one.join('\n') === other.join('\n');
}

function valuesOf(keyword: Keyword, printed: readonly string[]): readonly string[] {
  const [value = ''] = printed;
  switch (keyword) {
    case 'setenv':
      return printed;
    case 'userknownhostsfile':
    case 'identityagent':
      // ssh has already expanded its tokens.
      return (keyword === 'identityagent' ? [value] : value.split(' ')).map((path) =>
        path.replaceAll('%', '%%'),
      );
    case 'globalknownhostsfile':
      return value.split(' ');
    default:
      return [OTHER_WORDS[value] ?? value];
  }
}

const OTHER_WORDS: Readonly<Record<string, string>> = {
  true: 'yes',
  false: 'no',
  unbound: 'yes',
  'host-bound': 'yes',
  SILENT: 'QUIET',
  DEBUG1: 'DEBUG',
};
