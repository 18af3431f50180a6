/** Reads what a node is sent to begin with, as the shell on it would: for nodes of tests that run no text. */
import { bootCommand } from '../../src/node/boot.ts';

export interface Boot {
  /** `lockstep-…`, and all arguments that the text has. */
  readonly words: readonly string[];
  /** A line that is said on both outputs before the text begins. */
  readonly mark: string | undefined;
  /** What came behind it. */
  readonly rest: string;
}

/** Undefined until all of it has come. */
export function readBoot(input: string): Boot | undefined {
  const lineEnd = input.indexOf('\n');
  if (lineEnd < 0) return undefined;
  const line = input.slice(0, lineEnd);
  if (!line.startsWith(': lockstep;') || !line.endsWith('; : whole')) throw new Error(`no boot: ${line}`);
  const counted = takeCounted(line, input.slice(lineEnd + 1));
  if (counted === undefined) return undefined;
  // What the shell that boots evaluates of it.
  const [first = ''] = counted.split('\n');
  const [name = ''] = quotedWords(first, first.indexOf(NAME) + NAME.length);
  const given = counted.indexOf('\nset -- ') + '\nset -- '.length;
  const words = [name, ...quotedWords(counted, given)];
  const mark = / echo (BEGUN-\w+); /.exec(first)?.[1];
  return { words, mark, rest: input.slice(lineEnd + 1 + counted.length) };
}

/** A command that is not begun so is none that a node of tests runs. */
export function isBoot(command: string): boolean {
  return command === bootCommand(undefined) || command === bootCommand({ user: 'root' });
}

const NAME = `-c 'eval "$LOCKSTEP_TEXT"' `;

function takeCounted(line: string, input: string): string | undefined {
  const count = /head -c (\d+)/.exec(line)?.[1];
  if (count !== undefined) {
    const bytes = Buffer.from(input);
    return bytes.length < Number(count) ? undefined : bytes.toString('utf8', 0, Number(count));
  }
  const lines = Number(/ -lt (\d+) /.exec(line)?.[1]);
  const parts = input.split('\n');
  return parts.length > lines ? `${parts.slice(0, lines).join('\n')}\n` : undefined;
}

/** What `quoteAll` wrote from there on. */
function quotedWords(text: string, from: number): string[] {
  const words: string[] = [];
  let at = from;
  while (text[at] === "'" || text[at] === '"') {
    let word = '';
    while (text[at] === "'" || text[at] === '"') {
      const end = text.indexOf(text[at] as string, at + 1);
      word += text.slice(at + 1, end);
      at = end + 1;
    }
    words.push(word);
    if (text[at] === ' ') at++;
  }
  return words;
}
