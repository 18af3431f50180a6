import type { LockstepError } from '../../../../src/core/errors.ts';
import { RunLeases } from '../../../../src/lock/run-leases.ts';
import type { Become } from '../../../../src/node/become.ts';
import { leaseTiming, lockAll } from '../../../../src/run/start/lock-all.ts';
import type { Welcome } from '../../../../src/session/messages.ts';
import { Ear, nodeAt, requestFor } from '../fixtures.ts';
import { ACQUIRED, HastyClock, holderLine, type Question, speakingNodes } from '../speaking-nodes.ts';

export const NODES = ['a', 'b', 'c'].map((host) => nodeAt(host));
export const IDENTITY = { run: 'mine', who: 'ann@ctl', since: 'then', version: '9', token: 'secret' };
export const LOCKED = [holderLine(), 'LOCKED'];
export const DRAINING = ['DRAINING\t 12 13\told'];
export const NO_FLOCK = ['ERROR flock is not installed on this node'];

export type Answer = (question: Question) => readonly string[];
export type Options = Parameters<typeof requestFor>[0] & {
  readonly joined?: Welcome;
  readonly become?: Become;
  readonly signal?: AbortSignal;
};

/** What three nodes that answer so were asked, what came of it, and what was told. */
export async function locking(answer: Answer, { joined, become, signal, ...given }: Options = {}) {
  const clock = new HastyClock();
  const ear = new Ear();
  const leftOut: string[] = [];
  const { connections, asked } = speakingNodes(NODES, answer);
  const request = requestFor(given);
  const interrupt = signal ?? new AbortController().signal;
  const leases = new RunLeases({
    timing: leaseTiming(request.times),
    clock,
    interrupt,
    openLeases: () => ({ add() {}, remove() {}, check() {}, stop() {} }),
    onNodeLost() {},
  });
  const result = await lockAll(connections, {
    request,
    identity: IDENTITY,
    become,
    clock,
    tell: ear.hear,
    signal: leases.signal,
    leases,
    joined,
    random: () => 0.5,
    onLeftOut: (error) => void leftOut.push(error.node?.host ?? ''),
  }).catch((error: LockstepError) => error);
  const keepers = result instanceof Error ? [] : result.map(({ node }) => node.host);
  return { ear, asked, leftOut, keepers, clock, error: result instanceof Error ? result : undefined };
}

/** What the first node was told of the run: [who, run, since, path, reason, command, version, kind, flock?], and the start line. */
export async function settings(given: Options) {
  const { asked } = await locking(() => ACQUIRED, given);
  const [who, run, since, path, reason, command, version, kind, ...more] = asked[0]?.words ?? [];
  const [leaseS, graceS, mark, make] = asked[0]?.start.split(' ') ?? [];
  const isSudo = asked[0]?.command.includes('sudo');
  return { who, run, since, path, reason, command, version, kind, more, leaseS, graceS, mark, make, isSudo };
}
