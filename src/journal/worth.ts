/** Which events a journal keeps. Pure. */
import type { ControlEvent } from '../core/events.ts';

/** For one run, since it knows what was told. */
export function createSieve(): (event: ControlEvent) => boolean {
  let waitsFor: string | undefined;
  return (event) => {
    if (event.type === 'phase') waitsFor = undefined;
    if (event.type === 'lock-wait') {
      const before = waitsFor;
      waitsFor = event.blockers.map(({ text }) => text).join('\n');
      return waitsFor !== before;
    }
    // Each try asks nodes anew, for hours perhaps; when the wait is over, it is told of each what has become of it.
    if (waitsFor !== undefined && 'phase' in event && event.phase === 'lock') return false;
    if (event.type === 'log') return event.level !== 'trace' && event.level !== 'debug';
    return !PASSED_OVER.has(event.type);
  };
}

/** Bytes that go by are many, and tell nothing later; the nodes stand in the head. */
const PASSED_OVER: ReadonlySet<ControlEvent['type']> = new Set([
  'nodes',
  'bytes',
  'output-end',
  'question',
  'answered',
  'program',
]);
