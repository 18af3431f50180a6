/** Reads a command line: its words, and what they mean. Pure. */
import { LockstepError } from '../core/errors.ts';
import { type CutLine, cutLine } from './cut-line.ts';
import { isAnswer, readOptions } from './read-options.ts';
import type { OptionValues } from './table/option-values.ts';

export interface Line extends CutLine {
  readonly values: OptionValues;
}

/** Throws LockstepError `usage` for unknown options, and for values that are missing, too many or wrong. */
export function readLine(argv: readonly string[]): Line | 'help' | 'version' {
  const line = cutLine(argv);
  const values = readOptions(line.options);
  const asking = line.options.find(({ row }) => row !== undefined && isAnswer(row));
  if (asking === undefined) return { ...line, values };
  if (asking.written === '-h' && line.words.length > 0) throw HELP_WITH_WORDS();
  return asking.name === 'help' ? 'help' : 'version';
}

/** As `pssh -h hosts uptime`: a script must not take the help for a run that went well. */
const HELP_WITH_WORDS = () =>
  new LockstepError('usage', '-h is for help, and takes no words', {
    hint: 'a host file is -o ./FILE, and a command stands after -C: lockstep -o ./FILE -C uptime',
  });
