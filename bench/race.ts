/** One case: every contender in turn, round after round. */
import { loadavg } from 'node:os';
import { type Field, settle } from './field.ts';
import { type Measurement, measure } from './measure.ts';
import type { Case, CaseResult, Contender } from './work.ts';

export interface RaceOptions {
  readonly field: Field;
  readonly environment: NodeJS.ProcessEnv;
  /** Words before each measured command. */
  readonly prefix: readonly string[];
  /** Ends the race: it rejects. */
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/** A B C to warm up, and then B C A, C A B, …; who fails in the warm-up is out. */
export async function race(subject: Case, options: RaceOptions): Promise<CaseResult> {
  const load = loadavg()[0] ?? 0;
  const { without } = options.field.options;
  const contenders = subject.contenders.filter(({ name }) => !without.includes(name));
  const entries = contenders.map((contender): Entry => ({ contender, samples: [], failures: [] }));
  options.tell(`${subject.row}: ${subject.title}, load ${load.toFixed(2)}`);
  if (entries.length > 0) await subject.setUp?.();
  for (const entry of entries) await runOnce(entry, 'warm-up', options);
  const racing = entries.filter(({ failures }) => failures.length === 0);
  for (const entry of entries) entry.samples.length = 0;
  for (let round = 1; round <= options.field.options.rounds; round++) {
    // What runs behind another tool may find the machine in that one's mood.
    const first = round % Math.max(1, racing.length);
    for (const entry of [...racing.slice(first), ...racing.slice(0, first)])
      await runOnce(entry, `round ${round}`, options);
  }
  if (entries.length > 0) await subject.tearDown?.();
  return { case: subject, load, results: entries };
}

interface Entry {
  readonly contender: Contender;
  readonly samples: (Measurement | undefined)[];
  readonly failures: string[];
}

async function runOnce(entry: Entry, when: string, options: RaceOptions): Promise<void> {
  const { contender, samples, failures } = entry;
  const outcome = await attempt(contender, options);
  options.signal.throwIfAborted();
  const isFailure = typeof outcome === 'string';
  samples.push(isFailure ? undefined : outcome);
  if (isFailure) failures.push(`${when}: ${outcome}`);
  const words = isFailure
    ? outcome
    : `${(outcome.wallMs / 1000).toFixed(3)} s, ${(outcome.cpuMs / 1000).toFixed(3)} s CPU`;
  options.tell(`  ${when}: ${contender.name}: ${words}`);
}

/** Figures, or why there are none. */
async function attempt(contender: Contender, options: RaceOptions): Promise<Measurement | string> {
  const { field, environment, prefix, signal } = options;
  const { command, output, prepare, check, othersDoneAtMs, repeats = 1 } = contender;
  await prepare?.();
  await settle(field);
  try {
    const ran = await measure(command, { directory: field.directory, environment, prefix, output, signal });
    if (ran.code !== 0) return `exit ${ran.code}: ${ran.complaint}`;
    const wrong = await check?.(ran.stdout);
    if (wrong !== undefined) return wrong;
    const othersMs = (othersDoneAtMs?.() ?? ran.startedAtMs + ran.wallMs) - ran.startedAtMs;
    const { wallMs, cpuMs, largestMb, sumMb } = ran;
    const idlePercent = contender.idlePercent?.() ?? 0;
    return { wallMs: wallMs / repeats, cpuMs: cpuMs / repeats, largestMb, sumMb, othersMs, idlePercent };
  } catch (error) {
    return (error as Error).message;
  }
}
