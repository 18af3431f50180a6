/** `--events N`: a descriptor that the parent process has opened, and none of Node's own. */
import { fstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { LockstepError } from '../core/errors.ts';
import { quoteInput } from '../text/quote-input.ts';

/**
 * Refuses the terminal's descriptors: lines of events would appear between other lines. To be called before anything else is
 * opened here: what this process opens itself may be taken for the parent's.
 */
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
  } catch {
    throw refuse('no such descriptor is open');
  }
  if (!isForWriting(number) || isOfNode(number)) throw refuse('no such descriptor is open for writing');
  return number;
}

/**
 * Node has queues of events, counters and pipes of its own from 3 on, and dies of what is written into them. A pipe whose reading
 * end is in this process, too, is one of them: of a parent's pipe only the end for writing is here.
 */
function isOfNode(number: number): boolean {
  const leadsTo = linkOf(number);
  if (leadsTo === undefined) return false;
  if (leadsTo.startsWith('anon_inode:')) return true;
  return leadsTo.startsWith('pipe:') && opened().some((other) => isReadingEnd(other, leadsTo));
}

function isReadingEnd(number: number, pipe: string): boolean {
  return linkOf(number) === pipe && !isForWriting(number);
}

function opened(): number[] {
  return readdirSync('/proc/self/fd').map(Number);
}

/** Only Linux tells this and the next; elsewhere what is open is taken. */
function linkOf(number: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${number}`);
  } catch {
    return undefined;
  }
}

function isForWriting(number: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${number}`, 'latin1'))?.[1];
    return flags === undefined || (Number.parseInt(flags, 8) & 3) !== 0;
  } catch {
    return true;
  }
}
