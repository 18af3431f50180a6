/** Runs that ended in the middle of a commit or sync: this one takes back what is half-done, and says which nodes are new or old. */

import type { Emit } from '../../core/events.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Unfinished } from '../../core/lock.ts';
import type { Node } from '../../core/node.ts';
import type { Keeper } from '../../node/keeper/keeper.ts';
import { RECOVER_EARLIER_TEXT } from '../../node/texts.ts';
import { listNodes } from '../../text/list-nodes.ts';
import { startSpeaker } from '../upload/speaker.ts';
import { type Site, unlessAborted, type Work } from '../work.ts';

/**
 * Nobody else will: a power failure took the run's keeper along. The lock that is held now proves that the run is over;
 * without it, it may well be in the middle of its commit.
 */
export async function recoverUnfinished(work: Work): Promise<void> {
  const recoveries = work.sites
    .filter(({ keeper }) => keeper.settings.kind === 'exclusive' || keeper.settings.kind === 'joined')
    .flatMap((site) =>
      site.keeper.unfinished.flatMap((left, at) =>
        left.state === 'begun' ? [recoverOne(work, { site, left, at })] : [],
      ),
    );
  await unlessAborted(work.held.signal, Promise.all(recoveries));
}

async function recoverOne(
  work: Work,
  { site, left, at }: { site: Site; left: Unfinished; at: number },
): Promise<void> {
  const settings = { job: 'recover', text: RECOVER_EARLIER_TEXT, words: [left.run] } as const;
  const { channel } = await startSpeaker(work, site, settings);
  channel.end();
  const result = await channel.result;
  const isTakenBack = result.kind === 'code' && result.code === 0;
  site.keeper.unfinished[at] = { ...left, state: isTakenBack ? 'old' : 'unknown' };
}

export interface UnfinishedFilter {
  readonly onlyRun?: string;
  readonly exceptRun?: string;
}

export function tellUnfinished(
  keepers: readonly Keeper[],
  emit: Emit,
  { onlyRun, exceptRun }: UnfinishedFilter,
): void {
  const byRun = new Map<string, { first: Unfinished; nodes: Map<string, Node[]> }>();
  for (const { node, unfinished, hasRunDirectory } of keepers) {
    if (onlyRun !== undefined && hasRunDirectory) continue;
    for (const left of unfinished) {
      if (left.run === exceptRun || (onlyRun !== undefined && left.run !== onlyRun)) continue;
      const entry = byRun.get(left.run) ?? { first: left, nodes: new Map<string, Node[]>() };
      byRun.set(left.run, entry);
      entry.nodes.set(left.state, [...(entry.nodes.get(left.state) ?? []), node]);
    }
  }
  for (const [run, { first, nodes }] of byRun) {
    const states = [...nodes].map(
      ([state, ended]) =>
        `${STATE_WORDS[state as Unfinished['state']]}: ${listNodes(ended, { namesMax: LIMITS.reportNamesMax })}`,
    );
    const whose = onlyRun === undefined ? `run ${run} of ${first.who}, begun ${first.since},` : 'this run';
    void emit({
      type: 'log',
      level: 'warn',
      message: `${whose} ended after its commit had begun; ${states.join('; ')}`,
      isInReport: onlyRun !== undefined,
    });
  }
}

/** Processes that a keeper could not end: until they are gone, the next run on their node is refused. */
export function tellRemains(keepers: readonly Keeper[], emit: Emit): void {
  for (const { node, remains } of keepers) {
    if (remains.length === 0) continue;
    const message = `${node.id} processes of this run could not be ended: pid ${remains.join(', ')}`;
    void emit({ type: 'log', level: 'warn', message });
  }
}

const STATE_WORDS: Readonly<Record<Unfinished['state'], string>> = {
  begun: 'half-done, and still to be taken back',
  new: 'wholly new',
  old: 'wholly old',
  unknown: 'unknown, look at the node',
};
