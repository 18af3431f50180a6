/** From sites to the nodes of a run: several sites may be on one node. Pure. */
import { LockstepError } from '../core/errors.ts';
import type { Node } from '../core/node.ts';
import type { StepPlace } from '../run/joined/step.ts';
import { parseTarget, type Target } from '../targets/parse-target.ts';
import { Refusal } from '../targets/refusal.ts';
import { quoteInput } from '../text/quote-input.ts';
import type { Site } from './types.ts';

/** The targets of these sites, each once. Throws LockstepError `usage`, which names the site. */
export function targetsOf(sites: readonly Site[]): string[] {
  return [...new Set(sites.map((site) => textOf(targetOf(site))))];
}

/** Where a site is among the nodes of a run whose targets these were. Throws LockstepError `usage`. */
export function placeOf(site: Site, nodes: readonly Node[]): StepPlace {
  const target = targetOf(site);
  const text = textOf(target);
  const exact = nodes.findIndex(({ given }) => given === text);
  // Two texts that name one node are taken once.
  const number = exact >= 0 ? exact : nodes.findIndex((node) => isMeant(node, target));
  const node = nodes[number];
  if (node === undefined)
    throw new LockstepError('usage', `site ${quoteInput(site.name)}: the lock is not held on its host`);
  return { node, number };
}

/** `user` and `port` of the site come before those in its `host`. */
function targetOf({ name, host = '', user, port }: Site): Target {
  try {
    const target = parseTarget(host);
    return { ...target, user: user ?? target.user, port: port ?? target.port };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new LockstepError('usage', `site ${quoteInput(name)}: host ${quoteInput(host)}: ${error.message}`, {
      hint: error.hint ?? 'a host is [user@]host[:port], or a name of ssh_config',
    });
  }
}

function textOf({ user, host, port }: Target): string {
  const address = host.includes(':') ? `[${host}]` : host;
  return `${user === undefined ? '' : `${user}@`}${address}${port === undefined ? '' : `:${port}`}`;
}

function isMeant(node: Node, { user, host, port }: Target): boolean {
  const isSame = node.host.toLowerCase() === host.toLowerCase();
  return isSame && (user ?? node.user) === node.user && (port ?? node.port) === node.port;
}
