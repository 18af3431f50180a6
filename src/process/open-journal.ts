/** The journal of a run of this process, where it writes one. */
import type { LogLevel } from '../core/events.ts';
import { currentDirectory } from '../core/surroundings.ts';
import { Journal } from '../journal/journal.ts';
import { eventObject } from '../output/event-lines.ts';
import { NodeFiles } from '../output/node-files.ts';
import { callText } from '../run/call-text.ts';
import type { Repeats } from '../run/repeat.ts';
import type { RunRequest } from '../run/request.ts';
import { isRollout } from '../run/rollout/is-rollout.ts';
import { isLook } from '../run/work-request.ts';

/** Undefined for a run that only looks, for a call in a session, whose holder has one, and where none is wanted. */
export function openJournal(
  request: RunRequest,
  tell: (level: LogLevel, message: string) => void,
  repeats?: Repeats,
): Journal | undefined {
  const { work, show } = request;
  const { env: environment } = process;
  const isInquiry =
    work.mode === 'list' || work.mode === 'lock-status' || isLook(work) || request.rollout.isPlan;
  if (!show.hasJournal || isInquiry || environment.LOCKSTEP_SESSION !== undefined) return undefined;
  const keepsOutput = show.keepsOutput || isOn(environment.LOCKSTEP_KEEP_OUTPUT);
  return new Journal({
    environment,
    directory: directoryHere(),
    command: callText(work),
    request,
    hasTurns: isRollout(request.rollout),
    ...(repeats === undefined ? {} : { repeats: repeats.run, rest: repeats.whole?.rest ?? [] }),
    objectOf: eventObject,
    outputFiles: keepsOutput ? (directory) => new NodeFiles(directory, 0o600) : undefined,
    tell,
  });
}

/** Empty where it was removed: a run that needs none goes on. */
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
