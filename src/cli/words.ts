/** What is no run on nodes, and is asked by a word in the first place. */
import { LockstepError } from '../core/errors.ts';
import { readVersion } from '../version.ts';

/** What to print; undefined where the line begins with no such word. */
export async function textOfWord([word, ...rest]: readonly string[]): Promise<string | undefined> {
  switch (word) {
    case 'completion':
      return (await import('./completion/completion.ts')).completionText(rest);
    case 'help':
      return (await import('./usage.ts')).helpText();
    case 'version':
      refuseMore(word, rest);
      return `lockstep ${await readVersion()}\n`;
    default:
      return undefined;
  }
}

/** Resolves with the exit code. */
export async function showDemo(rest: readonly string[]): Promise<number> {
  refuseMore('demo', rest);
  return (await import('../demo/demo.ts')).demo();
}

function refuseMore(word: string, rest: readonly string[]): void {
  if (rest.length === 0) return;
  throw new LockstepError('usage', `${word} stands alone`, {
    hint: 'a command stands after -C, and targets after -o: lockstep -o HOST -C uptime',
  });
}
