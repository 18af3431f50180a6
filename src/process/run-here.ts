/** One run in this process, whose terminal and signals are its own. */
import { isatty } from 'node:tty';
import { systemClock } from '../core/clock.ts';
import type { LogLevel } from '../core/events.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { STDIN_PATHS } from '../core/surroundings.ts';
import { Audience } from '../output/audience.ts';
import { openEventLines } from '../output/event-lines.ts';
import type { Repeats } from '../run/repeat.ts';
import type { RunRequest } from '../run/request/request.ts';
import { stdinOf } from '../run/request/work.ts';
import { run } from '../run/run.ts';
import { stayLean } from './memory.ts';
import { openJournal } from './open-journal.ts';
import { watchSignals } from './signals.ts';
import { surroundingsOf } from './surroundings.ts';

export interface RunSettings {
  /** Remarks on the request, each a sentence. */
  readonly remarks: readonly string[];
  /** A descriptor for the events, as JSON lines. */
  readonly eventsTo?: number | undefined;
  readonly repeats?: Repeats;
}

/** Resolves with the exit code. Never rejects. */
export async function runHere(
  request: RunRequest,
  { remarks, eventsTo, repeats }: RunSettings,
): Promise<number> {
  stayLean();
  const interrupt = watchSignals({
    leave: () => audience.leave(),
    tellAtWork: () => audience.tellAtWork(),
    leaveLine: () => audience.leaveLine(),
  });
  const tellLog = (level: LogLevel, message: string) => audience.teller.tell({ type: 'log', level, message });
  const now = () => new Date();
  const journal = openJournal(request, tellLog, repeats);
  const audience = new Audience({
    ...request.show,
    rest: repeats?.whole?.rest,
    events: eventsTo === undefined ? undefined : openEventLines(eventsTo),
    journal,
    isTyping: isTyping(request),
    environment: process.env,
    clock: { now, monotonicMs: systemClock.monotonicMs },
    signal: interrupt.signal,
    onBroken: interrupt.trigger,
  });
  if (repeats !== undefined) tellLog('info', repeats.text);
  for (const message of remarks) tellLog('warn', message);
  const ending = await run(request, {
    ...surroundingsOf(audience.teller, interrupt),
    ...(repeats && { checkSources: repeats.checkSources }),
    ...(repeats?.whole && { whole: repeats.whole }),
    ...(repeats?.claim && { claim: repeats.claim }),
    ...(journal && { doorOf, kept: () => journal.kept(), recorded: () => journal.begun() }),
  });
  const exitCode = await audience.close(ending);
  if (interrupt.signal.aborted && (await isStuck(ending.preparing))) interrupt.obey();
  interrupt.stop();
  return exitCode;
}

/** The way to find a run from another terminal is its journal. Loaded only for runs that open a door. */
async function doorOf(run: string): Promise<string | undefined> {
  return (await import('../journal/doors.ts')).makeDoor(process.env, run);
}

/** The user types input for the commands on the terminal. */
function isTyping({ work }: RunRequest): boolean {
  const stdin = stdinOf(work);
  return stdin !== undefined && STDIN_PATHS.includes(stdin) && isatty(0);
}

async function isStuck(work: Promise<unknown>): Promise<boolean> {
  const isOver = () => false;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), LIMITS.stuckLookMs);
  });
  return Promise.race([work.then(isOver, isOver), late]).finally(() => clearTimeout(timer));
}
