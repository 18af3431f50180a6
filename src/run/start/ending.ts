/** What lockstep says the moment that a user ends a run. An orderly end takes its time, so it says so at once. */
import { EndedByUser } from '../../core/errors.ts';
import type { Tell } from '../../core/events.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Node } from '../../core/node.ts';
import type { RunRequest } from '../request.ts';

export interface EndingWork {
  readonly request: RunRequest;
  readonly tell: Tell;
  /** Those that must end something, and when they have. */
  nodes(): readonly { readonly node: Node; readonly gone: Promise<unknown> }[];
  /** How many of them have work to end. */
  atWork(): number;
  /** Whether a commit is under way, which is not ended in the middle. */
  isSwitching(): boolean;
}

/** The returned function gives the watch up. */
export function tellEnding(signal: AbortSignal, work: EndingWork): () => void {
  return onEndByUser(signal, work.request, (by) => tellNow(by, work));
}

/** Before any work: the locks that are being taken are given back. */
export function tellGivingBack(
  signal: AbortSignal,
  { request, tell, nodes }: { request: RunRequest; tell: Tell; nodes: number },
): () => void {
  return onEndByUser(signal, request, (by) => {
    tell({
      type: 'log',
      level: 'warn',
      message: `${by}: giving the locks back; again to leave at once`,
    });
    tell({ type: 'phase', phase: 'ending', nodes });
  });
}

/** A lost lock has words of its own, and so has a reader that went away. `-L` alone has no other end than this. */
function onEndByUser(signal: AbortSignal, { work }: RunRequest, tell: (by: string) => void): () => void {
  const onAbort = () => {
    if (signal.reason instanceof EndedByUser && work.mode !== 'lock') tell(signal.reason.by);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return () => signal.removeEventListener('abort', onAbort);
}

function tellNow(by: string, { request, tell, atWork, isSwitching, ...work }: EndingWork): void {
  const nodes = work.nodes();
  const count = atWork() === 1 ? '1 node' : `${atWork()} nodes`;
  const what = isSwitching()
    ? `each node brings its commit to an end, or takes it back, within ${LIMITS.commitTimeoutMs / 1000} s`
    : `ending the work on ${count}, KILL in ${request.times.killGraceMs / 1000} s`;
  tell({ type: 'log', level: 'warn', message: `${by}: ${what}; again to leave at once` });
  tell({ type: 'phase', phase: 'ending', nodes: nodes.length, of: nodes.map(({ node }) => node) });
  for (const { node, gone } of nodes) {
    void gone.then(() => {
      tell({ type: 'node-done', phase: 'ending', node });
    });
  }
}
