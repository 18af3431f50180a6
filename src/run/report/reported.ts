/** What every run has around its work: the interrupt, the terminal, and the one report at the end in which everything that went wrong is told. */
import { isatty } from 'node:tty';
import { STDIN_PATHS } from '../../cli/combinations.ts';
import type { Options } from '../../cli/options.ts';
import { systemClock } from '../../clock.ts';
import { EXIT, type LockstepError, toLockstepError } from '../../errors.ts';
import type { Emit, NodeOutcome, Outcome, Success } from '../../events.ts';
import { LIMITS } from '../../limits.ts';
import { createOutput, type OutputSettings } from '../../output/output.ts';
import { brokenOutputError } from '../../output/terminal/broken.ts';
import { openTerminal } from '../../output/terminal/terminal.ts';
import type { Node } from '../../targets/node.ts';
import type { Collection } from '../../transfer/entry.ts';
import { type Interrupt, watchInterrupt } from '../start/interrupt.ts';
import { unlessAborted } from '../work.ts';
import { FileStates } from './file-states.ts';
import { openRunFiles, type RunFiles } from './run-files.ts';

export interface Report {
  /** How each node ended, as far as it is known. */
  readonly outcomes: Map<string, Outcome>;
  /** What is known of the destinations. */
  readonly files: FileStates;
  /** Nodes that were told to end their work, and have not said that they have. */
  readonly stuck: Node[];
  /** Those that are ending their work. */
  readonly ending: Set<Node>;
  readonly interrupt: Interrupt;
  /** The nodes of the run are known: what is told from here on has their names. Rejects when a file of the run cannot be written. */
  begin(nodes: readonly Node[]): Promise<Emit>;
  /** What is looked up on this machine before the run: it may hang, and a signal ends it all the same. */
  prepare<T>(work: Promise<T>): Promise<T>;
  /** All nodes are locked: from here something may have happened on them. */
  onWork(): void;
  /** All that was to be done is done, and every lock given back. */
  onDone(collection: Collection | undefined): void;
  /** The program of `-L` has ended: its code is the run's, unless the lock was lost. */
  onProgramEnd(code: number): void;
}

/** Resolves with the exit code. Never rejects. */
export async function reported(options: Options, work: (report: Report) => Promise<void>): Promise<number> {
  const ending = new Set<Node>();
  const startedMs = systemClock.monotonicMs();
  const interrupt = watchInterrupt(() => output.leave([...ending]));
  let broken: LockstepError | undefined;
  const terminal = openTerminal((stream, error) => {
    const cause = brokenOutputError(error, { isTTY: terminal.isTTY(stream) });
    // What was to be said to nobody is no loss.
    if (stream === 'stderr' && cause.code === 'hangup') return;
    broken ??= cause;
    if (stream === 'stdout') interrupt.trigger(cause);
  });
  const outcomes = new Map<string, Outcome>();
  const states = new FileStates();
  const stuck: Node[] = [];
  let nodes: readonly Node[] = [];
  let output = createOutput(outputSettings(options, nodes), terminal);
  let failure: LockstepError | undefined;
  let hasWorkBegun = false;
  let programCode: number | undefined;
  let files: RunFiles | undefined;
  const begin = async (all: readonly Node[]) => {
    nodes = all;
    output = createOutput(outputSettings(options, nodes), terminal);
    files = await openRunFiles(options, { nodes, next: output.emit });
    return files.emit;
  };
  let preparing: Promise<unknown> = Promise.resolve();
  const prepare = <T>(started: Promise<T>) => {
    preparing = started.catch(() => {});
    return unlessAborted(interrupt.signal, started);
  };
  const onWork = () => {
    hasWorkBegun = true;
  };
  let success: Success | undefined;
  const onDone = (collection: Collection | undefined) => {
    success = successOf(options, { collection, outcomes, tookMs: systemClock.monotonicMs() - startedMs });
  };
  const onProgramEnd = (code: number) => {
    programCode = code;
  };
  // Node.js would open its debugger.
  const tellAtWork = () => output.tellAtWork();
  process.on('SIGUSR1', tellAtWork);
  for (const message of options.withoutEffect) void output.emit({ type: 'log', level: 'warn', message });
  try {
    const hooks = { onWork, onDone, onProgramEnd };
    await work({ outcomes, files: states, stuck, ending, interrupt, begin, prepare, ...hooks });
  } catch (thrown) {
    failure = toLockstepError(thrown);
  }
  const list = nodes.map(
    (node): NodeOutcome => ({ node, outcome: outcomes.get(node.id) ?? missing(failure, hasWorkBegun) }),
  );
  const endCode = programCode ?? exitCodeOf(list);
  const late = (await files?.finish(list)) ?? [];
  // What waits to be read belongs to the run: it may fail, and a signal ends the wait for it.
  if (!interrupt.signal.aborted) await unlessAborted(interrupt.signal, output.settle()).catch(() => {});
  if (broken !== undefined) late.push(broken);
  if (interrupt.signal.aborted) late.push(toLockstepError(interrupt.signal.reason));
  if (failure === undefined && endCode === EXIT.ok) failure = late[0];
  for (const { code, message, causes } of new Set(late.filter((error) => error !== failure))) {
    if (FAILED_WRITES.has(code)) void output.emit({ type: 'log', level: 'error', message, causes });
  }
  const exitCode = failure?.exitCode ?? endCode;
  if (hasWorkBegun && isOrderlyEnd(options, failure)) {
    // After a program the end is told by its code.
    const level = failure === undefined ? 'debug' : 'info';
    void output.emit({ type: 'log', level, message: 'the lock is released on all nodes' });
  } else {
    const known = states.atEnd();
    await output.emit({
      type: 'finished',
      outcomes: list,
      exitCode,
      ...(failure === undefined ? {} : { failure }),
      ...(known === undefined ? {} : { files: known }),
      stuck,
      ...(success === undefined || exitCode !== EXIT.ok ? {} : { success }),
    });
  }
  await output.close(interrupt.signal.aborted ? LIMITS.closeGraceMs : undefined);
  if (interrupt.signal.aborted && (await isStuck(preparing))) interrupt.obey();
  interrupt.stop();
  process.off('SIGUSR1', tellAtWork);
  // The report itself may have met the full disk, and then nobody can be told.
  return exitCode === EXIT.ok && broken !== undefined ? broken.exitCode : exitCode;
}

/** Told also where something else has failed before: the user may count on what was to be there. */
const FAILED_WRITES: ReadonlySet<string> = new Set(['file-not-written', 'output-not-written']);

async function isStuck(work: Promise<unknown>): Promise<boolean> {
  const isOver = () => false;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), LIMITS.stuckLookMs);
  });
  return Promise.race([work.then(isOver, isOver), late]).finally(() => clearTimeout(timer));
}

function outputSettings(options: Options, nodes: readonly Node[]): OutputSettings {
  const { quiet, stdin, fold, outdir } = options;
  const isTyping = stdin !== undefined && STDIN_PATHS.includes(stdin) && isatty(0);
  const clock = { now: () => new Date(), monotonicMs: systemClock.monotonicMs };
  const isOutputHidden = quiet && outdir !== undefined && fold === undefined;
  return { ...options, nodes, isTyping, isOutputHidden, environment: process.env, clock };
}

/** Of a run that was to change files; what a command did it has said itself. */
function successOf({ mode }: Options, { collection, outcomes, tookMs }: SuccessFacts): Success | undefined {
  if (mode !== 'upload' && mode !== 'sync') return undefined;
  const nodes = [...outcomes.values()].filter(({ kind }) => kind === 'ok').length;
  return { files: collection?.files, bytes: collection?.bytes, nodes, tookMs };
}

interface SuccessFacts {
  readonly collection: Collection | undefined;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly tookMs: number;
}

/** A node that nothing is known of: at work when the run ended, or never at work. */
function missing(failure: LockstepError | undefined, hasWorkBegun: boolean): Outcome {
  if (failure === undefined) return { kind: 'ok' };
  if (hasWorkBegun) return { kind: 'lost', reason: 'its work was ended with the run', follows: true };
  return { kind: 'skipped', reason: 'nothing was run there' };
}

/** `-L` ends with an interrupt, or with its program: neither is a failure to report. */
function isOrderlyEnd({ mode }: Options, failure: LockstepError | undefined): boolean {
  if (mode !== 'lock') return false;
  return failure === undefined || failure.code === 'interrupted' || failure.code === 'terminated';
}

/** `-w` tolerates nodes that were never reached; everything else that is not ok is a failure. */
function exitCodeOf(outcomes: readonly NodeOutcome[]): number {
  const failed = outcomes.filter(({ outcome }) => outcome.kind !== 'ok' && outcome.kind !== 'refused');
  return failed.length === 0 ? EXIT.ok : EXIT.commandFailed;
}
