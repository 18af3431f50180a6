/** A run inside a hold, for work that is more than a step. */
import { PassThrough, Readable } from 'node:stream';
import { Turnstile } from '../../core/at-once.ts';
import { LockstepError } from '../../core/errors.ts';
import type { Listener } from '../../core/events.ts';
import { JOBS_LIMITS } from '../../core/limits/jobs.ts';
import { type Node, targetText } from '../../core/node.ts';
import type { ChannelResult, Outcome } from '../../core/outcome.ts';
import { withResolvers } from '../../core/waiting.ts';
import type { Ending } from '../../run/ending.ts';
import type { StepPlace } from '../../run/joined/step.ts';
import type { RunRequest, WorkRequest } from '../../run/request/request.ts';
import { run } from '../../run/run.ts';
import type { Surroundings } from '../../run/surroundings.ts';
import type { Started, StartOptions } from '../types.ts';
import { endedBy, endOrLoss } from './command-end.ts';
import type { Hold } from './hold.ts';

export interface JoinedRun {
  readonly work: WorkRequest;
  /** The account, if it is another one than the hold's. */
  readonly become: string | undefined;
  readonly signal: AbortSignal;
  readonly around?: Partial<Pick<Surroundings, 'stdin' | 'exports' | 'directory'> & Listener>;
}

const places = new WeakMap<Hold, Turnstile>();

/**
 * Resolves with the run's ending, or with undefined if something ended it before its turn came. The holder serves only
 * so many calls at once, over all nodes; more wait.
 */
export async function runJoined(
  hold: Hold,
  { node }: StepPlace,
  asked: JoinedRun,
): Promise<Ending | undefined> {
  const { here, request, socketPath, channels } = hold;
  const { become, work, signal, around } = asked;
  const asRoot = request.connect.asRoot || become !== undefined;
  const own: RunRequest = {
    ...request,
    targets: { hosts: [targetText(node)], areOnStdin: false },
    connect: { ...request.connect, asRoot, becomes: become ?? request.connect.becomes },
    work,
  };
  const surroundings = {
    ...here,
    tell() {},
    output() {},
    ...around,
    onWaits: (nodes: readonly Node[]) => channels.tellWaits(nodes),
    signal,
    environment: { ...here.environment, LOCKSTEP_SESSION: socketPath },
  };
  const turnstile = places.get(hold) ?? new Turnstile(JOBS_LIMITS.runsAtOnce);
  places.set(hold, turnstile);
  return turnstile
    .pass(() => run(own, surroundings), signal)
    .catch((thrown) => {
      if (!signal.aborted) throw thrown;
      return undefined;
    });
}

/** A command with stdin, or of another account. */
export function startRun(hold: Hold, place: StepPlace, text: string, how: StartOptions): Started {
  const [ended, begun] = [new AbortController(), withResolvers<void>()];
  const end = () => ended.abort(new LockstepError('interrupted', 'the command was ended'));
  const around: JoinedRun['around'] = {
    exports: how.env,
    stdin: () => readableOf(how.stdin),
    tell: (event) => {
      if (event.type === 'phase' && event.phase === 'exec') begun.resolve();
    },
    output: ({ stream, chunk }) => (stream === 'stdout' ? how.onStdout(chunk) : how.onStderr(chunk)),
  };
  const work = { mode: 'command', text, directory: how.cwd, isFailFast: false } as const;
  const stdin = how.stdin === undefined ? {} : { stdin: '/dev/stdin' };
  const running = runJoined(hold, place, {
    work: { ...work, ...stdin },
    become: how.become,
    signal: ended.signal,
    around,
  });
  hold.channels.watch(place.node, text, { begun: begun.promise, over: running });
  const result = running.then((ending) => {
    const known = ending && resultOf(ending.outcomes[0]?.outcome, ending);
    if (ended.signal.aborted) return endedBy(known ?? { kind: 'lost', reason: '' });
    if (hold.over.aborted) throw hold.over.reason;
    if (known === undefined) throw failureOf(ending, place);
    return endOrLoss(known, place);
  });
  return { begun: begun.promise, result, end };
}

/** How the command ended; undefined if the run failed otherwise. */
function resultOf(outcome: Outcome | undefined, { failure }: Ending): ChannelResult | undefined {
  if (failure !== undefined && failure.code !== 'command-failed') return undefined;
  switch (outcome?.kind) {
    case 'ok':
      return { kind: 'code', code: 0 };
    case 'exit':
      return { kind: 'code', code: outcome.code };
    case 'signal':
    case 'lost':
      return outcome;
    default:
      return undefined;
  }
}

/** The cause that is about the node, if there is one. */
export function failureOf(ending: Ending | undefined, { node }: StepPlace): LockstepError {
  const { failure, outcomes: [first] = [] } = ending ?? {};
  if (first?.outcome.kind === 'refused') return first.outcome.error;
  if (failure === undefined) return new LockstepError('bug', 'a run has failed without a cause', { node });
  return failure.node === undefined ? failure.of(node, failure.step) : failure;
}

/** The run closes the stream that it reads, but a stream of the program's belongs to the program. */
function readableOf(stdin: StartOptions['stdin']): Readable {
  if (stdin instanceof Readable)
    return stdin.readableEnded ? Readable.from([]) : stdin.pipe(new PassThrough());
  const bytes = typeof stdin === 'string' ? Buffer.from(stdin) : Buffer.from(stdin ?? '');
  return Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false });
}
