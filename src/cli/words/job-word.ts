/** `lockstep job [-f FILE] NAME…`: jobs of a file, with any run's options for connections, locks and output. */
import type { LockstepError } from '../../core/errors.ts';
import type { JobCall } from '../../run/request/job-call.ts';
import { cutLine } from '../cut-line.ts';
import { openedDescriptor } from '../opened-descriptor.ts';
import { parseArguments } from '../parse.ts';
import { wordRefusal } from './word-lines.ts';

export interface JobWord {
  readonly job: JobCall;
}

const TAKERS = ['file', 'role', 'schedule', 'events'] as const;
const FLAGS = ['list', 'plan', 'break-on-error'] as const;

/** Throws LockstepError `usage`. */
export async function readJobWord(rest: readonly string[]): Promise<JobWord> {
  const { values, flags, others } = readOwn(rest);
  const eventsTo = openedDescriptor(values.events.at(-1));
  const { names, options } = splitNames(others);
  // The sites of the file are the targets, like the nodes of a session.
  const parsed = await parseArguments([...options, '-L'], { isInSession: true });
  if (parsed.kind !== 'run') throw refusal('there is no help of its own: man lockstep, and docs/jobs.md');
  const isListed = flags.has('list');
  if (names.length === 0 && !isListed) throw refusal('job needs the names of jobs');
  if (names.length > 0 && isListed) throw refusal('--list stands alone');
  return {
    job: {
      ...{ file: values.file.at(-1), names, roles: values.role, mode: values.schedule.at(-1) },
      ...{ isListed, isPlan: flags.has('plan'), breaksOnError: flags.has('break-on-error') },
      ...{ request: parsed.request, remarks: parsed.remarks, eventsTo },
    },
  };
}

interface Own {
  readonly values: Readonly<Record<(typeof TAKERS)[number], string[]>>;
  readonly flags: ReadonlySet<string>;
  readonly others: readonly string[];
}

/** The options that only this word has. */
function readOwn(rest: readonly string[]): Own {
  const values: Own['values'] = { file: [], role: [], schedule: [], events: [] };
  const flags = new Set<string>();
  const others: string[] = [];
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? '';
    const [, name = '', attached] = /^--([^=]+)(?:=(.*))?$/s.exec(word === '-f' ? '--file' : word) ?? [];
    const taker = TAKERS.find((one) => one === name);
    if (taker !== undefined) {
      const value = attached ?? rest[++at];
      if (value === undefined || value === '') throw refusal(`${word} needs a value`);
      values[taker].push(value);
    } else if (FLAGS.some((one) => one === name) && attached === undefined) flags.add(name);
    else others.push(word);
  }
  return { values, flags, others };
}

/** Names may stand between the options. */
function splitNames(words: readonly string[]): { names: string[]; options: string[] } {
  const names: string[] = [];
  const options: string[] = [];
  let left = words;
  while (left.length > 0) {
    const { words: behind } = cutLine(left);
    options.push(...left.slice(0, left.length - behind.length).filter((word) => word !== '--'));
    names.push(...behind.slice(0, 1));
    left = behind.slice(1);
  }
  return { names, options };
}

function refusal(message: string): LockstepError {
  return wordRefusal('job', message);
}
