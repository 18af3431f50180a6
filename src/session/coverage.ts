/** Under which lock a call works, and on which nodes. Pure. */

import { LockstepError } from '../core/errors.ts';
import type { JoinedKind } from '../core/lock.ts';
import type { Node } from '../core/node.ts';
import type { Welcome } from './messages.ts';

/** The kind of a call under the session's lock; undefined if it needs a lock of its own, on another path. */
export function coveredKind(welcome: Welcome, path: string | undefined): JoinedKind | undefined {
  const { lockPath, lockKind } = welcome;
  const isCovered = path === undefined || path === lockPath || (lockPath === '/' && lockKind === 'exclusive');
  if (!isCovered) return undefined;
  return lockKind === 'shared' ? 'joined-shared' : 'joined';
}

/**
 * The session's nodes that a call names: by the user, host and port that the call would use alone, or by host and port
 * if it names no user. Throws `usage` for nodes that the session does not have.
 */
export function chooseNodes(all: readonly Node[], named: readonly Node[], isUserGiven: boolean): Node[] {
  const byId = new Map(all.map((node) => [node.id.toLowerCase(), node]));
  const byPlace = new Map<string, Node[]>();
  for (const node of all) byPlace.set(placeOf(node), [...(byPlace.get(placeOf(node)) ?? []), node]);
  const chosen = new Set<Node>();
  const strangers: Node[] = [];
  for (const node of named) {
    const exact = byId.get(node.id.toLowerCase());
    const there = isUserGiven || node.given.includes('@') ? [] : (byPlace.get(placeOf(node)) ?? []);
    const [found] = exact === undefined && there.length === 1 ? there : [exact];
    if (found === undefined) strangers.push(node);
    else chosen.add(found);
  }
  if (strangers.length === 0) return all.filter((node) => chosen.has(node));
  const names = strangers.slice(0, NAMES_MAX).map(({ id }) => id);
  if (strangers.length > NAMES_MAX) names.push(`${strangers.length - NAMES_MAX} more`);
  throw new LockstepError('usage', `not in the session: ${names.join(', ')}`, {
    hint: 'inside a session -o narrows its nodes; unset LOCKSTEP_SESSION to connect to others',
  });
}

function placeOf({ host, port }: Node): string {
  return `${host.toLowerCase()} ${port}`;
}

const NAMES_MAX = 5;
