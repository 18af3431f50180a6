/** `run:RUN:STATE`: the nodes of an earlier run, by how they ended. The caller knows such runs; their names are checked like any others. */
import { LockstepError } from '../core/errors.ts';
import type { Entry, HostEntry } from './catalogue.ts';
import { parseExpression, termsOf, termText } from './expression.ts';
import { parseTarget } from './parse-target.ts';
import { refusedAt } from './refusal.ts';

export interface EarlierNode {
  /** `user@host:port` */
  readonly text: string;
  /** Where the run reached it instead. */
  readonly address?: string;
}

/** Rejects with LockstepError `usage` for an unknown run or state. */
export type ReadRun = (run: string, state: string) => Promise<readonly EarlierNode[]>;

/** The nodes of each run that these name, by the text that names it. `readRun`: undefined if no runs are known. */
export async function readRuns(
  entries: readonly Entry[],
  readRun: ReadRun | undefined,
): Promise<ReadonlyMap<string, readonly HostEntry[]>> {
  const runs = new Map<string, HostEntry[]>();
  for (const entry of entries) {
    if (!('text' in entry) || !entry.text.includes('run:')) continue;
    for (const term of refusedAt(entry, () => termsOf(parseExpression(entry.text)))) {
      if (term.kind !== 'run' || runs.has(termText(term))) continue;
      const source = termText(term);
      if (readRun === undefined)
        throw new LockstepError('usage', `${source}: no earlier runs are known here`);
      runs.set(
        source,
        (await readRun(term.run, term.state)).map((node) => toEntry(node, source)),
      );
    }
  }
  return runs;
}

function toEntry({ text, address }: EarlierNode, source: string): HostEntry {
  const target = refusedAt({ text, source }, () => parseTarget(text));
  return { target: address === undefined ? target : { ...target, address }, source };
}
