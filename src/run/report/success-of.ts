/** What a run that changes files says when all went well. */
import type { Success } from '../../core/events.ts';
import type { Run } from '../begin.ts';
import type { WorkFiles } from '../held-run.ts';
import { modeOf } from '../modes/modes.ts';
import { isLook } from '../request/work.ts';

/** Undefined for a run that changes no files: a command's own output says what it did. */
export function successOf(
  { request, outcomes, clock, startedMs, traffic, progress }: Run,
  { collection }: WorkFiles,
): Success | undefined {
  if (!modeOf(request.work).changesFiles || isLook(request.work)) return undefined;
  const nodes = outcomes.values().filter(({ kind }) => kind === 'ok').length;
  return {
    files: collection?.files,
    bytes: collection?.bytes,
    savedBytes: Math.max(0, (collection?.bytes ?? 0) * nodes - traffic.bytes),
    nodes,
    ...(progress.rollout === undefined ? {} : { isByNode: true as const }),
    tookMs: Math.round(clock.monotonicMs() - startedMs),
  };
}
