/** What a node shows of a lock path to somebody who only looks: holders, work left behind, and the kernel's word. */
import type { Clock } from '../../core/clock.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { FlockState, LockView, SeenHolder } from '../../core/lock.ts';
import type { Connection } from '../../ssh/transport.ts';
import type { Become } from '../become.ts';
import { LOCK_STATUS_TEXT } from '../texts.ts';
import { ask } from './ask.ts';

export interface LockViewSettings {
  readonly lockPath: string;
  readonly token: string;
  readonly become: Become | undefined;
  readonly clock: Clock;
}

/** Takes nothing. Rejects as `ask` does. */
export async function viewLock(connection: Connection, settings: LockViewSettings): Promise<LockView> {
  const replies = await ask(connection, {
    ...settings,
    text: LOCK_STATUS_TEXT,
    words: ['lockstep-status', settings.lockPath],
    timeoutMs: LIMITS.lockViewTimeoutMs,
  });
  const holders = new Map<string, SeenHolder>();
  const pidsOfRun = new Map<string, number[]>();
  let flock: FlockState = { kind: 'unknown' };
  for (const reply of replies) {
    if (reply.kind === 'holder' && !holders.has(reply.holder.run))
      holders.set(reply.holder.run, reply.holder);
    if (reply.kind === 'orphan') {
      const { run, pid } = reply;
      pidsOfRun.set(run, [...(pidsOfRun.get(run) ?? []), pid]);
    }
    if (reply.kind === 'flock') flock = reply.state;
  }
  const orphans = [...pidsOfRun].map(([run, pids]) => ({ run, pids }));
  return { node: connection.node, holders: [...holders.values()], orphans, flock };
}
