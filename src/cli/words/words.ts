/** First words that are no run on nodes. */
import { LockstepError } from '../../core/errors.ts';
import { readVersion } from '../../version.ts';
import type { JobWord } from './job-word.ts';
import type { RunWord } from './run-word.ts';

/** A text to print, the exit code of finished work, a run, or jobs. */
export type Answer = string | number | RunWord | JobWord;

/** Each word reads what follows it by itself. */
const WORDS = new Map<string, (rest: readonly string[]) => Promise<Answer>>([
  ['completion', async (rest) => (await import('../completion/completion.ts')).completionText(rest)],
  ['help', async () => (await import('../usage.ts')).helpText()],
  ['version', async (rest) => alone('version', rest) ?? `lockstep ${await readVersion()}\n`],
  ['__complete', complete],
  ['run', async (rest) => (await import('./run-word.ts')).readRunWord(rest)],
  ['job', async (rest) => (await import('./job-word.ts')).readJobWord(rest)],
  ['runs', async (rest) => (await import('./journal-words.ts')).runs(rest)],
  ['show', async (rest) => (await import('./journal-words.ts')).show(rest)],
  ['log', async (rest) => (await import('./journal-words.ts')).log(rest)],
  ['report', async (rest) => (await import('./journal-words.ts')).report(rest)],
  ['retry', async (rest) => (await import('./repeat-words.ts')).retry(rest)],
  ['resume', async (rest) => (await import('./repeat-words.ts')).resume(rest)],
  ['halt', async (rest) => (await import('./wish-words.ts')).halt(rest)],
  ['skip', async (rest) => (await import('./wish-words.ts')).skip(rest)],
  ['demo', async (rest) => alone('demo', rest) ?? (await import('../../demo/demo.ts')).demo()],
]);

/** Undefined if the line begins with no such word. */
export async function answerToWord([word = '', ...rest]: readonly string[]): Promise<Answer | undefined> {
  // The most frequent question, so its answer comes before anything that reads options is loaded.
  const isHelp = rest.length === 0 && (word === '--help' || word === '-h');
  if (word !== 'help' && rest.some((one) => one === '--help' || one === '-h')) {
    const { WORD_LINES } = await import('./word-lines.ts');
    if (Object.hasOwn(WORD_LINES, word)) return `usage: ${WORD_LINES[word]}\n`;
  }
  return WORDS.get(isHelp ? 'help' : word)?.(rest);
}

async function complete(line: readonly string[]): Promise<string> {
  const { completions } = await import('../completion/complete.ts');
  const { knownGroups, knownNames } = await import('../completion/known-names.ts');
  const groups = line.at(-1)?.includes('@') ? await knownGroups(process.env) : [];
  const words = [...WORDS.keys()].filter((word) => !word.startsWith('_'));
  return completions(line, { words, hosts: knownNames, groups });
}

function alone(word: string, rest: readonly string[]): undefined {
  if (rest.length === 0) return;
  throw new LockstepError('usage', `${word} stands alone`, {
    hint: 'a command stands after -C, and targets after -o: lockstep -o HOST -C uptime',
  });
}
