import { chmodSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../../src/core/clock.ts';
import type { RunEvent } from '../../../../src/core/events.ts';
import type { Ending } from '../../../../src/run/ending.ts';
import { run } from '../../../../src/run/run.ts';
import { scratchForEach } from '../../../scratch.ts';
import { testSurroundings } from '../../../surroundings.ts';
import { Ear, endedBy, requestFor } from '../fixtures.ts';
import { Fleet } from '../simulated.ts';

let directory: string;
scratchForEach((made) => {
  directory = made;
  chmodSync(directory, 0o700);
});
type Given = NonNullable<Parameters<typeof requestFor>[0]>;
type Joining = (
  given: Given,
  on?: (event: RunEvent) => void,
  signal?: AbortSignal,
) => Promise<Ending & { readonly ear: Ear }>;

/** A session on these nodes, open until the calls in it have ended: its lock, and how the call that holds it ended. */
async function inSession(fleet: Fleet, lock: object, calls: (call: Joining) => Promise<void>) {
  let socketPath: string | undefined;
  let failure: unknown;
  const call: Joining = async (given, on = () => {}, signal = new AbortController().signal) => {
    const ear = new Ear();
    const hear = (event: RunEvent) => {
      ear.hear(event);
      on(event);
    };
    const here = testSurroundings(undefined, {
      clock: systemClock,
      hear,
      signal,
      environment: { LOCKSTEP_SESSION: socketPath },
    });
    return { ...(await run(requestFor(given), here)), ear };
  };
  const holder = await fleet.run(
    { work: { mode: 'lock' }, lock },
    {
      environment: { XDG_RUNTIME_DIR: directory },
      on: (event: RunEvent, abort) => {
        if (event.type !== 'log' || !event.isToCopy) return;
        socketPath = /LOCKSTEP_SESSION='?([^ ']+)/.exec(event.message)?.[1] ?? '';
        void calls(call)
          .catch((thrown) => {
            failure = thrown;
          })
          .finally(() => abort(endedBy('Ctrl-C')));
      },
    },
  );
  if (failure !== undefined) throw failure;
  return holder;
}

const QUICK = { mode: 'command', text: 'simulate:work,ms=5' };
const hostsOf = ({ outcomes }: Ending) => outcomes.map(({ node }) => node.host).join('');

describe('a call in a session', () => {
  test('without targets works on all its nodes, under its lock, and leaves both as they were', async () => {
    const fleet = new Fleet();
    const holder = await inSession(fleet, {}, async (call) => {
      const ending = await call({ work: QUICK });
      expect([ending.exitCode, hostsOf(ending)]).toEqual([0, 'abc']);
      expect(fleet.connected).toEqual(['a', 'b', 'c']);
      expect(fleet.areAllFree()).toBe(false);
      const second = await call({ work: QUICK });
      expect(second.exitCode).toBe(0);
      const names = [ending, second].map(({ ear }) => ear.of('begun')[0]?.run ?? '');
      expect(names[0]).toMatch(/^[\w-]+\.\d+$/);
      expect(names[1]).not.toBe(names[0]);
    });
    // -L ends with Ctrl-C alone, which is 130 and nothing to report.
    expect([holder.exitCode, holder.isOrderly]).toEqual([130, true]);
    await fleet.rest();
    expect([fleet.open, fleet.areAllFree(), fleet.processes()]).toEqual([0, true, []]);
  });

  test.each<[what: string, targets: object, hosts: string]>([
    ['by host', { hosts: ['b'] }, 'b'],
    ['by host, in the order of the session', { hosts: ['c', 'a'] }, 'ac'],
    ['by user and host', { hosts: ['root@b'] }, 'b'],
    ['by -u and host', { hosts: ['b'], user: 'root' }, 'b'],
  ])('narrows its nodes: %s', async (_what, targets, hosts) => {
    const fleet = new Fleet();
    await inSession(fleet, {}, async (call) => {
      const ending = await call({ work: QUICK, targets });
      expect([ending.exitCode, hostsOf(ending)]).toEqual([0, hosts]);
      expect(fleet.begun.sort().join('')).toBe(hosts);
    });
  });

  test.each<[what: string, targets: object, message: RegExp]>([
    ['-u without a target', { user: 'root' }, /^-u has no meaning here/],
    ['a host that it does not have', { hosts: ['d'] }, /^not in the session: \[.*@d:22\]/],
    ['another user', { hosts: ['ann@a'] }, /^not in the session: \[ann@a:22\]/],
    ['another user by -u', { hosts: ['a'], user: 'ann' }, /^not in the session: \[ann@a:22\]/],
    ['another port', { hosts: ['root@a:2222'] }, /^not in the session: \[root@a:2222\]/],
  ])('is refused %s, and runs nothing', async (_what, targets, message) => {
    const fleet = new Fleet();
    await inSession(fleet, {}, async (call) => {
      const ending = await call({ work: QUICK, targets });
      expect([ending.exitCode, ending.failure?.code]).toEqual([64, 'usage']);
      expect(ending.failure?.message).toMatch(message);
      expect(fleet.begun).toEqual([]);
    });
  });

  test('that fails is 1, and the session goes on', async () => {
    const fleet = new Fleet();
    await inSession(fleet, {}, async (call) => {
      const failed = await call({ work: { mode: 'command', text: 'simulate:work,ms=5,code=3' } });
      expect(failed.exitCode).toBe(1);
      expect(failed.outcomes.map(({ outcome }) => outcome)).toEqual(Array(3).fill({ kind: 'exit', code: 3 }));
      expect((await call({ work: QUICK })).exitCode).toBe(0);
    });
  });

  test.each<[what: string, lock: object, wanted: object]>([
    ['below the root is covered by it', {}, { path: '/srv/app' }],
    ['on the session’s own path is covered', { path: '/srv/app' }, { path: '/srv/app/' }],
    ['of no kind is covered all the same', { path: '/srv/app' }, { kind: 'none' }],
  ])('a lock %s', async (_what, lock, wanted) => {
    const fleet = new Fleet();
    for (const node of fleet.nodes) node.paths.add('/srv/app');
    await inSession(fleet, lock, async (call) => {
      const ending = await call({ work: QUICK, lock: wanted });
      expect([ending.exitCode, fleet.begun.length]).toEqual([0, 3]);
      expect(ending.ear.of('phase').map(({ phase }) => phase)).toEqual(['exec']);
    });
  });

  test('of a rollout that is ended starts no more nodes while those at work end', async () => {
    const fleet = new Fleet();
    await inSession(fleet, {}, async (call) => {
      const abort = new AbortController();
      const ending = await call(
        { work: { mode: 'command', text: 'simulate:work,ms=1000000000' }, rollout: { batch: '1' } },
        (event) => {
          if (event.type === 'output' && !abort.signal.aborted) abort.abort(endedBy('SIGTERM'));
        },
        abort.signal,
      );
      expect(ending.exitCode).toBe(130);
      expect(fleet.begun).toEqual(['a']);
      expect(ending.outcomes.slice(1).map(({ outcome }) => outcome.kind)).toEqual(['skipped', 'skipped']);
    });
  });

  test('is ended with the session’s time between TERM and KILL, not with its own', async () => {
    const fleet = new Fleet();
    await inSession(fleet, {}, async (call) => {
      const abort = new AbortController();
      const ending = await call(
        { work: { mode: 'command', text: 'simulate:work,ms=1000000000' }, times: { killGraceMs: 77_000 } },
        (event) => {
          if (event.type === 'output' && !abort.signal.aborted) abort.abort(endedBy('Ctrl-C'));
        },
        abort.signal,
      );
      expect(ending.exitCode).toBe(130);
      expect(ending.ear.logs('warn')).toEqual([
        expect.stringMatching(/^Ctrl-C: ending the work on 3 nodes, KILL in 5 s/),
      ]);
    });
  });
});
