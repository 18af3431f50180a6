/** `lockstep runs`, `show`, `log` and `report`: what the journal knows of earlier runs. */
import { EXIT, LockstepError } from '../../core/errors.ts';
import { JOURNAL_LIMITS } from '../../core/limits/journal.ts';
import { systemErrorText } from '../../core/system-error.ts';
import { writeWhole } from '../../output/write-whole.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { sanitiseJson } from '../../text/sanitise.ts';
import { bareParser } from '../read-options.ts';
import { say, terminalColumns } from '../say.ts';
import { wordRefusal } from './word-lines.ts';

/** The newest run comes last, where a terminal shows it. */
export async function runs(rest: readonly string[]): Promise<string> {
  const read = readWords('runs', rest, { flags: ['failed', 'json'], values: ['last'] });
  if (read.words.length > 0)
    throw wordRefusal('runs', `runs takes no words: ${quoteInput(read.words[0] ?? '')}`);
  const count = read.values.last === undefined ? JOURNAL_LIMITS.runsShown : countOf(read.values.last);
  const journal = await import('../../journal/past.ts');
  const found = [];
  for await (const one of journal.newestFirst(await journal.openJournal(process.env))) {
    const past = await journal.readRun(one);
    const hasFailed = past.state === 'died' || (past.state === 'over' && past.exitCode !== EXIT.ok);
    if (!read.flags.has('failed') || hasFailed) found.unshift(past);
    if (found.length === count) break;
  }
  if (read.flags.has('json')) return found.map((past) => jsonLine(journal.runObject(past))).join('');
  if (found.length === 0)
    return `no run ${read.flags.has('failed') ? 'in the journal has failed' : 'is in the journal'}\n`;
  return journal.runLines(found, terminalColumns());
}

export async function show(rest: readonly string[]): Promise<string> {
  const { journal, found, flags } = await oneRun('show', rest, ['json']);
  const past = await journal.readRun(found);
  return flags.has('json') ? jsonLine(journal.showObject(past)) : journal.showText(past, found.path);
}

/** Prints by itself, since more may come. */
export async function log(rest: readonly string[]): Promise<number> {
  const { journal, found, flags } = await oneRun('log', rest, ['f', 'follow']);
  for await (const text of journal.followRun(found, flags.size > 0)) {
    const exitCode = await say(text);
    if (exitCode !== EXIT.ok) return exitCode;
  }
  return EXIT.ok;
}

export async function report(rest: readonly string[]): Promise<string> {
  const { journal, found, values } = await oneRun('report', rest, [], { values: ['html'] });
  if (values.html !== undefined)
    return writePage(values.html, journal.reportPage(await journal.readRun(found)));
  const columns = terminalColumns();
  return journal.reportText(await journal.readRun(found), columns ?? COLUMNS, columns);
}

const COLUMNS = 80;

/** Only this account may read it: it contains commands and messages. */
async function writePage(path: string, page: string): Promise<string> {
  if (path === '' || path === '-')
    throw wordRefusal('report', `--html takes a file: ${quoteInput(path)} is none`);
  try {
    await writeWhole(path, page, 0o600);
    return '';
  } catch (thrown) {
    const message = `the report was not written to ${quoteInput(path)}: ${systemErrorText(thrown)}`;
    throw new LockstepError('file-not-written', message, { hint: 'an old file there is as it was' });
  }
}

/** For a word that takes one run, these options, and perhaps nodes of the run. */
export async function oneRun(
  word: string,
  rest: readonly string[],
  flagNames: readonly string[],
  { takesNodes = false, values: valueNames = [] }: { takesNodes?: boolean; values?: readonly string[] } = {},
) {
  const { words, flags, values } = readWords(word, rest, { flags: flagNames, values: valueNames });
  const [name, ...names] = words;
  if (name === undefined) throw wordRefusal(word, `${word} needs the id of a run`);
  if (names.length > 0 && !takesNodes)
    throw wordRefusal(word, `${word} takes one run: ${quoteInput(names[0] ?? '')} is too much`);
  const journal = await import('../../journal/past.ts');
  const found = await journal.findRun(await journal.openJournal(process.env), name);
  return { journal, flags, values, names, found };
}

export type OneRun = Awaited<ReturnType<typeof oneRun>>;

interface Options {
  readonly flags: readonly string[];
  readonly values: readonly string[];
}

/** `-1` names a run, where yargs would see an option. */
function readWords(word: string, rest: readonly string[], { flags, values }: Options) {
  const isCounted = (text: string) => /^-\d+$/.test(text);
  const read: Record<string, unknown> & { readonly _: readonly unknown[] } = bareParser()
    .strict(false)
    .strictOptions()
    .boolean([...flags])
    .string([...values])
    .requiresArg([...values])
    .fail((message, error) => {
      throw wordRefusal(word, message ?? error.message);
    })
    .parseSync(rest.map((text) => (isCounted(text) ? ` ${text}` : text)));
  return {
    words: read._.map((text) => String(text).replace(/^ -/, '-')),
    flags: new Set(flags.filter((name) => read[name] === true)),
    values: Object.fromEntries(
      // If an option is given twice, the last one counts.
      values.map((name) => [name, [read[name]].flat().at(-1) as string | undefined]),
    ),
  };
}

function countOf(text: string): number {
  const count = /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
  if (count === undefined) throw wordRefusal('runs', `--last takes a number of runs: ${quoteInput(text)}`);
  return count;
}

function jsonLine(value: unknown): string {
  return `${sanitiseJson(JSON.stringify(value))}\n`;
}
