/** Which events a journal keeps. Pure. */
import type { ControlEvent } from '../core/events.ts';

/** Make one for each run, since it remembers events. */
export function createSieve(): (event: ControlEvent) => boolean {
  let waitsFor: string | undefined;
  return (event) => {
    if (event.type === 'phase') waitsFor = undefined;
    if (event.type === 'lock-wait') {
      const before = waitsFor;
      waitsFor = event.blockers.map(({ text }) => text).join('\n');
      return waitsFor !== before;
    }
    // Each try asks nodes anew, perhaps for hours. Events at the end of the wait say what became of each node.
    if (waitsFor !== undefined && 'phase' in event && event.phase === 'lock') return false;
    if (event.type === 'log') return event.level !== 'trace' && event.level !== 'debug';
    return !PASSED_OVER.has(event.type);
  };
}

/** Progress in bytes is frequent, and useless later; the nodes are in the head. */
const PASSED_OVER: ReadonlySet<ControlEvent['type']> = new Set([
  'nodes',
  'bytes',
  'output-end',
  'question',
  'answered',
  'program',
]);
