/** How a run of five nodes ends, for the tests of what is then told. */
import type { LockstepError } from '../../../src/core/errors.ts';
import type { FilesAtEnd, RunEvent } from '../../../src/core/events.ts';
import type { Node } from '../../../src/core/node.ts';
import type { NodeOutcome, Outcome } from '../../../src/core/outcome.ts';
import { makeNode } from './fixtures.ts';

export const nodes = [1, 2, 3, 4, 5].map((number) => makeNode(`web${number}`));
export const ok: Outcome = { kind: 'ok' };
export const exit = (code: number): Outcome => ({ kind: 'exit', code });
export const follows: Outcome = { kind: 'exit', code: 1, follows: true };

export interface End {
  readonly outcomes: readonly Outcome[];
  readonly failure?: LockstepError;
  readonly files?: FilesAtEnd;
  readonly stuck?: readonly Node[];
}

export function finished({ outcomes, failure, ...rest }: End): RunEvent {
  const list = outcomes.map((outcome, at): NodeOutcome => ({ node: nodes[at] as Node, outcome }));
  const exitCode = failure?.exitCode ?? 1;
  return { type: 'finished', outcomes: list, exitCode, ...(failure ? { failure } : {}), ...rest };
}

export const files = (sorted: Partial<FilesAtEnd>): FilesAtEnd => ({
  hasBegun: true,
  old: [],
  new: [],
  unknown: [],
  ...sorted,
});
