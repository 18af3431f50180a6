/** One output as a unified diff against another; bytes stay as they are. Pure. */
import { formatPatch, OMIT_HEADERS, structuredPatch } from 'diff';
import { LIMITS } from '../../core/limits/limits.ts';

export interface Named {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Undefined if they are too different for a readable diff. */
export function unifiedDiff(base: Named, other: Named): Buffer | undefined {
  // Latin-1 maps every byte to one character and back.
  const [before, after] = [base.bytes.toString('latin1'), other.bytes.toString('latin1')];
  const patch = structuredPatch('', '', before, after, undefined, undefined, {
    context: CONTEXT_LINES,
    maxEditLength: LIMITS.foldDiffEditsMax,
  });
  if (patch === undefined) return undefined;
  const hunks = Buffer.from(formatPatch(patch, OMIT_HEADERS), 'latin1');
  return Buffer.concat([Buffer.from(`--- ${base.name}\n+++ ${other.name}\n`), hunks]);
}

const CONTEXT_LINES = 3;
