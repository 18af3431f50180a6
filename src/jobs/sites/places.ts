/** From sites to targets, and to their places in a run: several sites may share one node. Pure. */
import { LockstepError } from '../../core/errors.ts';
import { bracketed, type Node } from '../../core/node.ts';
import type { StepPlace } from '../../run/joined/step.ts';
import { parseTarget, type Target } from '../../targets/parse-target.ts';
import { Refusal } from '../../targets/refusal.ts';
import { quoteInput } from '../../text/quote-input.ts';
import type { Site } from '../types.ts';

/** The site's `user` and `port` win over those in its `host`. Throws LockstepError `usage`, which names the site. */
export function targetOf({ name, host = '', user, port }: Site): Target {
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

/** As the command line has it. */
export function textOf({ user, host, port }: Target): string {
  return `${user === undefined ? '' : `${user}@`}${bracketed(host)}${port === undefined ? '' : `:${port}`}`;
}

/** A node's place among those of a run; undefined if it is not there. */
export function placeOf(node: Node, nodes: readonly Node[]): StepPlace | undefined {
  const number = nodes.findIndex((one) => keyOf(one) === keyOf(node));
  const found = nodes[number];
  return found === undefined ? undefined : { node: found, number };
}

/** The same text for nodes that are one. */
export function keyOf({ id }: Node): string {
  return id.toLowerCase();
}
