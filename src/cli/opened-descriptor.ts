/** `--events N`: a descriptor that the parent process has opened. */
import { fstatSync } from 'node:fs';
import { LockstepError } from '../core/errors.ts';
import { quoteInput } from '../text/quote-input.ts';

/** Refuses the terminal's descriptors: lines of events would appear between other lines. */
export function openedDescriptor(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  const refuse = (why: string) =>
    new LockstepError('usage', `--events ${quoteInput(text)}: ${why}`, {
      hint: 'open one for it, as in: lockstep run --request FILE --events 3 3>events.jsonl',
    });
  if (number < 3) throw refuse('it takes the number of a descriptor, from 3 on');
  try {
    fstatSync(number);
    return number;
  } catch {
    throw refuse('no such descriptor is open');
  }
}
