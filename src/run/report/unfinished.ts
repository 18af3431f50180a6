/** Runs that ended in the middle of a commit or sync: this one takes back what is half-done, and says which nodes are new or old. */

import type { Tell } from '../../core/events.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Unfinished } from '../../core/lock.ts';
import type { Node } from '../../core/node.ts';
import { unlessAborted } from '../../core/waiting.ts';
import type { HeldKeeper } from '../../node/keeper/held-keeper.ts';
import { RECOVER_EARLIER_TEXT } from '../../node/texts.ts';
import { listNodes } from '../../text/list-nodes.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { isLook } from '../request/work.ts';
import { startSpeaker } from '../upload/speaker.ts';

/** What an unfinished run has left on one node. */
export interface LeftOn {
  readonly node: Node;
  readonly left: Unfinished;
}

/**
 * Resolves with what is left then. Nobody else will take it back: a power failure took the run's keeper along. This
 * run's lock proves that the other run is over; without it, that run may well be in the middle of its commit.
 */
export async function recoverUnfinished(work: HeldRun): Promise<readonly LeftOn[]> {
  const found = work.sites.flatMap((site) =>
    site.keeper.unfinished.map(async (left): Promise<LeftOn> => {
      const { kind } = site.keeper.settings.record;
      const mayUndo = !isLook(work.request.work);
      const isOver = mayUndo && left.state === 'begun' && (kind === 'exclusive' || kind === 'joined');
      return { node: site.node, left: isOver ? await recoverOne(work, site, left) : left };
    }),
  );
  return unlessAborted(work.held.signal, Promise.all(found));
}

async function recoverOne(work: HeldRun, site: Site, left: Unfinished): Promise<Unfinished> {
  return { ...left, state: (await takeBackOn(work, site, left.run)) ? 'old' : 'unknown' };
}

/** For a commit that was cut short, and that nobody had decided to keep. Resolves with whether all is old there. */
export async function takeBackOn(work: HeldRun, site: Site, run: string): Promise<boolean> {
  const settings = { job: 'recover', text: RECOVER_EARLIER_TEXT, words: [run] } as const;
  const { channel, replies } = await startSpeaker(work, site, settings);
  channel.end();
  await channel.result;
  return replies.some((reply) => reply.kind === 'exit' && reply.code === 0);
}

/** Tells of runs that had ended when this one began. */
export function tellUnfinished(all: readonly LeftOn[], tell: Tell): void {
  const byRun = new Map<string, LeftOn[]>();
  for (const one of all) byRun.set(one.left.run, [...(byRun.get(one.left.run) ?? []), one]);
  for (const [run, those] of byRun) {
    const { who, since } = those[0]?.left ?? {};
    const message = describe(`run ${run} of ${who}, begun ${since},`, those);
    tell({ type: 'log', level: 'warn', message });
  }
}

/** Tells the same of this run, from its keepers' last words; but not for files in a directory of its own, which is gone with it. */
export function tellOwnUnfinished(keepers: readonly HeldKeeper[], tell: Tell): void {
  const own = keepers
    .filter(({ hasRunDirectory }) => !hasRunDirectory)
    .flatMap(({ node, lastWords }) => lastWords.unfinished.map((left) => ({ node, left })));
  if (own.length === 0) return;
  tell({ type: 'log', level: 'warn', message: describe('this run', own), isInReport: true });
}

function describe(whose: string, those: readonly LeftOn[]): string {
  const nodes = new Map<Unfinished['state'], Node[]>();
  for (const { node, left } of those) nodes.set(left.state, [...(nodes.get(left.state) ?? []), node]);
  const states = [...nodes].map(
    ([state, ended]) => `${STATE_WORDS[state]}: ${listNodes(ended, { namesMax: LIMITS.reportNamesMax })}`,
  );
  return `${whose} ended after its commit had begun; ${states.join('; ')}`;
}

/** Processes that a keeper could not end: until they are gone, their node refuses the next run. Returns these nodes. */
export function tellRemains(keepers: readonly HeldKeeper[], tell: Tell): Node[] {
  const those = keepers.filter(({ lastWords }) => lastWords.remains.length > 0);
  for (const { node, lastWords } of those) {
    const message = `processes of this run could not be ended: pid ${lastWords.remains.join(', ')}`;
    tell({ type: 'log', level: 'warn', node, message });
  }
  return those.map(({ node }) => node);
}

const STATE_WORDS: Readonly<Record<Unfinished['state'], string>> = {
  begun: 'half-done, and still to be taken back',
  new: 'wholly new',
  old: 'wholly old',
  unknown: 'unknown, look at the node',
};
