/** Tells at once that a user has ended the run, since an orderly end takes time. */
import { EndedByUser } from '../../core/errors.ts';
import type { Tell } from '../../core/events.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Node } from '../../core/node.ts';
import { countNodes } from '../../text/list-nodes.ts';
import type { RunRequest } from '../request/request.ts';

export interface EndingWork {
  readonly request: RunRequest;
  readonly tell: Tell;
  /** Nodes that must end something, and when each has done so. */
  nodes(): readonly { readonly node: Node; readonly gone: Promise<unknown> }[];
  /** How many nodes have work to end. */
  atWork(): number;
  /** Whether a commit is under way, which is not ended in the middle. */
  isSwitching(): boolean;
}

/** Returns a function that stops watching. */
export function tellEnding(signal: AbortSignal, work: EndingWork): () => void {
  return onEndByUser(signal, work.request, (by) => tellNow(by, work));
}

/** Before any work the run only gives back the locks that it is taking. */
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

/** A lost lock and a reader that went away have their own words. For `-L` alone this is the usual end. */
function onEndByUser(signal: AbortSignal, { work }: RunRequest, tell: (by: string) => void): () => void {
  const onAbort = () => {
    if (signal.reason instanceof EndedByUser && work.mode !== 'lock') tell(signal.reason.by);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return () => signal.removeEventListener('abort', onAbort);
}

function tellNow(by: string, { request, tell, atWork, isSwitching, ...work }: EndingWork): void {
  const nodes = work.nodes();
  const what = isSwitching()
    ? `each node brings its commit to an end, or takes it back, within ${LIMITS.commitTimeoutMs / 1000} s`
    : `ending the work on ${countNodes(atWork())}, KILL in ${request.times.killGraceMs / 1000} s`;
  tell({ type: 'log', level: 'warn', message: `${by}: ${what}; again to leave at once` });
  tell({ type: 'phase', phase: 'ending', nodes: nodes.length, of: nodes.map(({ node }) => node) });
  for (const { node, gone } of nodes) {
    void gone.then(() => {
      tell({ type: 'node-done', phase: 'ending', node });
    });
  }
}
