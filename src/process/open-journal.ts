/** Opens the journal of a run of this process, if it keeps one. */
import type { LogLevel } from '../core/events.ts';
import { currentDirectory } from '../core/surroundings.ts';
import { Journal, type JournalSettings } from '../journal/journal.ts';
import { eventObject } from '../output/event-lines.ts';
import { NodeFiles } from '../output/node-files.ts';
import { callText } from '../run/call-text.ts';
import type { Repeats } from '../run/repeat.ts';
import type { RunRequest } from '../run/request/request.ts';
import { isLook } from '../run/request/work.ts';
import { isRollout } from '../run/rollout/is-rollout.ts';

/** Undefined for a run that only looks, for a call in a session, whose holder has one, and if the user wants none. */
export function openJournal(
  request: RunRequest,
  tell: (level: LogLevel, message: string) => void,
  repeats?: Repeats,
): Journal | undefined {
  const { work } = request;
  const isInquiry =
    work.mode === 'list' || work.mode === 'lock-status' || isLook(work) || request.rollout.isPlan;
  if (isInquiry || process.env.LOCKSTEP_SESSION !== undefined) return undefined;
  return journalOf(request, tell, {
    command: callText(work),
    hasTurns: isRollout(request.rollout),
    ...(repeats && { repeats: repeats.run }),
    ...(repeats?.whole && { rest: repeats.whole.rest, again: repeats.whole.again }),
  });
}

/** The journal for the jobs of a file, which begins with their schedule. Undefined if the user wants none. */
export function openJobsJournal(
  request: RunRequest,
  tell: (level: LogLevel, message: string) => void,
  names: readonly string[],
): Journal | undefined {
  return journalOf(request, tell, { command: ['job', ...names].join(' '), isOfJobs: true });
}

function journalOf(
  request: RunRequest,
  tell: (level: LogLevel, message: string) => void,
  facts: Pick<JournalSettings, 'command' | 'hasTurns' | 'isOfJobs' | 'repeats' | 'rest' | 'again'>,
): Journal | undefined {
  const { show } = request;
  const { env: environment } = process;
  if (!show.hasJournal) return undefined;
  const keepsOutput = show.keepsOutput || isOn(environment.LOCKSTEP_KEEP_OUTPUT);
  return new Journal({
    environment,
    directory: directoryHere(),
    request,
    ...facts,
    objectOf: eventObject,
    outputFiles: keepsOutput ? (directory) => new NodeFiles(directory, 0o600) : undefined,
    tell,
  });
}

/** Empty if the directory is removed: a run that does not need one goes on. */
function directoryHere(): string {
  try {
    return currentDirectory();
  } catch {
    return '';
  }
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0';
}
