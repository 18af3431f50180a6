/** Some of a run's nodes, as targets name them: `web1`, `root@web1`, `web[1-3]`, `web*`, `!web2`. Pure. */
import { LockstepError } from '../../core/errors.ts';
import type { Node } from '../../core/node.ts';
import { Hosts } from '../../rollout/hosts.ts';
import { quoteInput } from '../../text/quote-input.ts';

/** Throws LockstepError `usage` for a name that matches none of them. */
export function pickNodes(nodes: readonly Node[], names: readonly string[], run: string): readonly Node[] {
  const hosts = new Hosts(nodes, { groups: new Map(), labels: new Map(), sources: [] });
  const entries = names.map((text) => ({ text: text.replace(/^\[(.+@.+)\]$/, '$1'), source: 'NODE' }));
  for (const entry of entries) {
    if (entry.text.startsWith('!') || hosts.nodesOf(hosts.membersOf([entry])).length > 0) continue;
    throw new LockstepError('usage', `no node of run ${run} is ${quoteInput(entry.text)}`, {
      hint: `lockstep show ${run} names them`,
    });
  }
  return hosts.nodesOf(hosts.membersOf(entries));
}
