/** `lockstep run --request FILE|-`: a run that another program has written down. */
import type { Repeats } from '../../run/repeat.ts';
import type { RunRequest } from '../../run/request/request.ts';
import { quoteInput } from '../../text/quote-input.ts';
import { openedDescriptor } from '../opened-descriptor.ts';
import { bareParser } from '../read-options.ts';
import { wordRefusal } from './word-lines.ts';

export interface RunWord {
  readonly request: RunRequest;
  /** A descriptor for the events, as JSON lines. */
  readonly eventsTo: number | undefined;
  readonly remarks?: readonly string[];
  readonly repeats?: Repeats;
}

/** `rest`: the words after `run`. Throws LockstepError `usage`. */
export async function readRunWord(rest: readonly string[]): Promise<RunWord> {
  const given = readOptions(rest);
  const eventsTo = openedDescriptor(given.events);
  const isInSession = process.env.LOCKSTEP_SESSION !== undefined;
  const { readRequest } = await import('../../run/request/read-request.ts');
  const request = await readRequest(given.request, { stdin: process.stdin, isInSession });
  return { request, eventsTo };
}

function readOptions(rest: readonly string[]): { request: string; events: string | undefined } {
  const refuse = (message: string) => wordRefusal('run', message);
  const read = bareParser()
    .string(['request', 'events'])
    .requiresArg(['request', 'events'])
    .fail((message, error) => {
      throw refuse(message ?? error.message);
    })
    .parseSync([...rest]);
  if (read._.length > 0) throw refuse(`run takes no words: ${quoteInput(String(read._[0]))}`);
  // If an option is given twice, the last one counts.
  const [request, events] = [read.request, read.events].map(
    (given) => [given].flat().at(-1) as string | undefined,
  );
  if (request === undefined || request === '') throw refuse('run needs a request');
  return { request, events };
}
