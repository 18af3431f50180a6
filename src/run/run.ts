/** One run, from options to exit code. Everything that can go wrong ends up in the one report at its end. */
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Options } from '../cli/options.ts';
import { EXIT, LockstepError, toLockstepError } from '../errors.ts';
import type { Emit, NodeOutcome, Outcome } from '../events.ts';
import { LIMITS } from '../limits.ts';
import { systemClock } from '../lock/clock.ts';
import { whileHeld } from '../lock/while-held.ts';
import { createOutput } from '../output/output.ts';
import { openTerminal } from '../output/terminal.ts';
import type { Connection, Transport } from '../ssh/transport.ts';
import type { Node } from '../targets/node.ts';
import type { Collection } from '../transfer/entry.ts';
import { closeAll, connectAll, connectError } from './connect.ts';
import { createIdentity } from './identity.ts';
import { openInput } from './input.ts';
import { watchInterrupt } from './interrupt.ts';
import { leaseTiming, lockAll } from './lock-all.ts';
import { doWork } from './modes.ts';
import { collect, openTransport, outputSettings, resolve } from './prepare.ts';
import { recoverUnfinished, tellRemains, tellUnfinished } from './unfinished.ts';

export async function run(options: Options): Promise<number> {
  const interrupt = watchInterrupt();
  const terminal = openTerminal(
    (stream) => stream === 'stdout' && interrupt.trigger('hangup', 'nobody reads the output any more'),
  );
  const outcomes = new Map<string, Outcome>();
  let nodes: readonly Node[] = [];
  let output = createOutput(outputSettings(options, nodes), terminal);
  let failure: LockstepError | undefined;
  let hasWorkBegun = false;
  try {
    const collection = await collect(options);
    const input = options.stdin === undefined ? undefined : await openInput(options.stdin);
    nodes = await resolve(options);
    output = createOutput(outputSettings(options, nodes), terminal);
    const transport = await openTransport(options, output.emit);
    const context = {
      options,
      nodes,
      outcomes,
      collection,
      input,
      emit: output.emit,
      onWork: () => {
        hasWorkBegun = true;
      },
      signal: interrupt.signal,
    };
    await runOn(transport, context);
  } catch (thrown) {
    failure = toLockstepError(thrown);
  }
  const list = nodes.map(
    (node): NodeOutcome => ({ node, outcome: outcomes.get(node.id) ?? missing(failure, hasWorkBegun) }),
  );
  const exitCode = failure?.exitCode ?? exitCodeOf(list);
  if (isOrderlyEnd(options, failure)) {
    void output.emit({ type: 'log', level: 'info', message: 'the lock is released on all nodes' });
  } else {
    const report = { type: 'finished', outcomes: list, exitCode } as const;
    await output.emit(failure === undefined ? report : { ...report, failure });
  }
  await output.close(interrupt.signal.aborted ? LIMITS.closeGraceMs : undefined);
  interrupt.stop();
  return exitCode;
}

interface RunContext {
  readonly options: Options;
  readonly nodes: readonly Node[];
  readonly outcomes: Map<string, Outcome>;
  readonly collection: Collection | undefined;
  readonly input: Readable | undefined;
  readonly emit: Emit;
  /** All nodes are locked: from here something may have happened on them. */
  onWork(): void;
  readonly signal: AbortSignal;
}

/** connect all → lock all → work while held → release. */
async function runOn(transport: Transport, context: RunContext): Promise<void> {
  const { options, nodes, outcomes, emit, signal } = context;
  const identity = createIdentity(new Date(), randomBytes);
  const connections = await connect(transport, context);
  try {
    const startedAtMs = systemClock.monotonicMs();
    const keepers = await lockAll(connections, { options, identity, emit, signal });
    const hold = {
      timing: leaseTiming(options),
      clock: systemClock,
      startedAtMs,
      interrupt: signal,
      onNodeLost: ({ node }: { node: Node }, reason: string) => {
        outcomes.set(node.id, { kind: 'lost', reason });
        void emit({ type: 'log', level: 'error', message: `${node.id} can't receive heartbeat: ${reason}` });
      },
    };
    try {
      await whileHeld(keepers, hold, async (held) => {
        context.onWork();
        const sites = keepers.map((keeper, at) => site(connections[at], keeper));
        const work = { ...context, identity, sites, held };
        await recoverUnfinished(work);
        tellUnfinished(keepers, emit, { exceptRun: identity.run });
        await doWork(work);
      });
    } finally {
      tellUnfinished(keepers, emit, { onlyRun: identity.run });
      tellRemains(keepers, emit);
    }
  } finally {
    void emit({ type: 'phase', phase: 'release', nodes: nodes.length });
    await closeAll(connections);
  }
}

async function connect(transport: Transport, context: RunContext): Promise<readonly Connection[]> {
  const { options, nodes, outcomes, emit, signal } = context;
  void emit({ type: 'phase', phase: 'connect', nodes: nodes.length });
  const { connections, failures } = await connectAll(transport, nodes, {
    atOnce: options.threads,
    emit,
    signal,
  });
  for (const error of failures) {
    if (error.node === undefined) continue;
    outcomes.set(error.node.id, { kind: 'refused', error });
  }
  if (failures.length > 0 && (!options.noConnFail || connections.length === 0)) {
    await closeAll(connections);
    throw connectError(failures, nodes.length);
  }
  for (const error of failures) {
    void emit({
      type: 'log',
      level: 'warn',
      message: `${error.node?.id ?? ''} is left out`,
      causes: [error],
    });
  }
  return connections;
}

function site(connection: Connection | undefined, keeper: Awaited<ReturnType<typeof lockAll>>[number]) {
  if (connection === undefined) throw new LockstepError('bug', 'a keeper without its connection');
  return { node: keeper.node, connection, keeper };
}

/** A node that nothing is known of: at work when the run ended, or never at work. */
function missing(failure: LockstepError | undefined, hasWorkBegun: boolean): Outcome {
  if (failure === undefined) return { kind: 'ok' };
  if (hasWorkBegun) return { kind: 'lost', reason: 'its work was ended with the run' };
  return { kind: 'skipped', reason: 'nothing was run there' };
}

/** `-L` has no other end than the interrupt: that it came is no failure to report. */
function isOrderlyEnd({ mode }: Options, failure: LockstepError | undefined): boolean {
  return mode === 'lock' && (failure?.code === 'interrupted' || failure?.code === 'terminated');
}

/** `-w` tolerates nodes that were never reached; everything else that is not ok is a failure. */
function exitCodeOf(outcomes: readonly NodeOutcome[]): number {
  const failed = outcomes.filter(({ outcome }) => outcome.kind !== 'ok' && outcome.kind !== 'refused');
  return failed.length === 0 ? EXIT.ok : EXIT.commandFailed;
}
