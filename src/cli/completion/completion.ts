/** `lockstep completion SHELL`: a script that teaches the shell to ask lockstep. */
import { quoteInput } from '../../text/quote-input.ts';
import { wordRefusal } from '../words/word-lines.ts';
import BASH_COMPLETION from './bash.sh';
import { FISH_COMPLETION } from './fish.ts';
import { ZSH_COMPLETION } from './zsh.ts';

const SCRIPTS = new Map([
  ['bash', BASH_COMPLETION.replace(/^#!.*\n/, '')],
  ['zsh', ZSH_COMPLETION],
  ['fish', FISH_COMPLETION],
]);

/** `words`: those after `completion`. Throws LockstepError `usage`. */
export function completionText(words: readonly string[]): string {
  const [shell = '', ...more] = words;
  const script = SCRIPTS.get(shell);
  if (script !== undefined && more.length === 0) return script;
  const given =
    words.length === 0 ? 'no shell is named' : `there is no completion for ${quoteInput(words.join(' '))}`;
  throw wordRefusal('completion', given);
}
