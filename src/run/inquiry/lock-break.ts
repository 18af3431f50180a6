/** Ends a run that its user can no longer end. */

import { LockstepError, toLockstepError } from '../../core/errors.ts';
import type { LockView } from '../../core/lock.ts';
import { unlessAborted } from '../../core/waiting.ts';
import { describeHolder } from '../../lock/holder.ts';
import { breakRun } from '../../node/inquiry/break-run.ts';
import type { Connection } from '../../ssh/transport.ts';
import { countNodes } from '../../text/list-nodes.ts';
import type { InquiryRun } from '../modes/mode.ts';
import type { WorkOf } from '../request/request.ts';
import { viewLocks } from './view-locks.ts';

/** Ends one run, by its exact id, wherever it holds a lock or has left work behind; touches nothing else. */
export async function breakLock(
  connections: readonly Connection[],
  { run, isConfirmed }: WorkOf<'lock-break'>,
  context: InquiryRun,
): Promise<void> {
  const { request, identity, become, clock, outcomes, tell, signal, here } = context;
  // A look at / sees every run on a node.
  const views = await viewLocks(connections, '/', context);
  const concerned = new Set(views.filter((view) => concerns(view, run)).map(({ node }) => node.id));
  if (concerned.size === 0) throw notFound(run, views);
  const text = question(run, views, concerned.size);
  if (!isConfirmed && (await here.ask?.confirm(text)) !== true) {
    throw new LockstepError('not-broken', 'nothing was broken: the answer was not yes', {
      hint: 'type y or yes, or give --yes',
    });
  }
  const settings = {
    run,
    graceMs: request.times.killGraceMs,
    token: identity.token,
    become,
    clock,
  };
  const failures: LockstepError[] = [];
  const breakOne = async (connection: Connection) => {
    const { node } = connection;
    try {
      await breakRun(connection, settings);
      tell({ type: 'log', level: 'debug', node, message: 'the run is ended and its lock is free' });
    } catch (thrown) {
      const error = toLockstepError(thrown);
      outcomes.settle(node, { kind: 'refused', error });
      failures.push(error);
    }
  };
  const chosen = connections.filter(({ node }) => concerned.has(node.id));
  await unlessAborted(signal, Promise.all(chosen.map(breakOne)));
  const where = `${concerned.size - failures.length} of ${countNodes(concerned.size)}`;
  tell({ type: 'log', level: 'info', message: `run ${run} is ended, and its lock broken, on ${where}` });
  if (failures.length === 0) return;
  const [first] = failures;
  throw new LockstepError('not-broken', `run ${run} could not be ended on ${countNodes(failures.length)}`, {
    causes: failures,
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
  });
}

function concerns({ holders, orphans }: LockView, run: string): boolean {
  const isIts = (other: { readonly run: string }) => other.run === run || other.run.startsWith(`${run}.`);
  return holders.some(isIts) || orphans.some(isIts);
}

function question(run: string, views: readonly LockView[], nodeCount: number): string {
  const holder = views.flatMap(({ holders }) => holders).find((seen) => seen.run === run);
  const what =
    holder === undefined
      ? `end the work that run ${run} has left behind`
      : `break the lock of ${describeHolder(holder)}`;
  return `${what} on ${countNodes(nodeCount)}? [y/N] `;
}

function notFound(run: string, views: readonly LockView[]): LockstepError {
  const others = new Map(
    views.flatMap(({ holders }) => holders.map((seen) => [seen.run, describeHolder(seen)] as const)),
  );
  return new LockstepError('not-broken', `run ${run} holds no lock and has left no work on these nodes`, {
    causes: [...others.values()].map((text) => `a lock is held by ${text}`),
  });
}
