/** `lockstep completion SHELL`: a script that teaches the shell our options, made from the option table. */
import { LockstepError } from '../../core/errors.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { bashCompletion } from './completion-bash.ts';
import { fishCompletion } from './completion-fish.ts';
import { zshCompletion } from './completion-zsh.ts';

const SCRIPTS: Readonly<Record<string, () => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `words`: what stands behind `completion`. Throws LockstepError `usage`. */
export function completionText(words: readonly string[]): string {
  const [shell = '', ...more] = words;
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script !== undefined && more.length === 0) return script();
  const given =
    words.length === 0 ? 'no shell is named' : `there is no completion for ${quoteInput(words.join(' '))}`;
  throw new LockstepError('usage', given, {
    hint: 'lockstep completion bash, zsh or fish; in ~/.bashrc: eval "$(lockstep completion bash)"',
  });
}
