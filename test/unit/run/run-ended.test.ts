/** Runs that their user ends, and runs that never begin. */
import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { Phase, RunEvent } from '../../../src/core/events.ts';
import { endedBy } from './fixtures.ts';
import { command, expectNothingLeft, Fleet, kinds } from './simulated.ts';

describe('a user who ends it', () => {
  test.each<[phase: Phase, exitCode: number, outcomes: string, begun: number]>([
    ['connect', 130, 'skipped skipped skipped', 0],
    ['lock', 130, 'skipped skipped skipped', 0],
    ['exec', 130, 'ended ended ended', 0],
    ['release', 0, 'ok ok ok', 3],
  ])('in the phase %s: %i', async (phase, exitCode, outcomes, begun) => {
    const fleet = new Fleet();
    const ending = await fleet.run(command(), {
      on: (event, abort) => {
        if (event.type === 'phase' && event.phase === phase) abort(endedBy('Ctrl-C'));
      },
    });
    expect([ending.exitCode, kinds(ending)]).toEqual([exitCode, outcomes]);
    expect(ending.failure?.code).toBe(exitCode === 0 ? undefined : 'interrupted');
    expect(fleet.begun.length).toBe(begun);
    await expectNothingLeft(fleet);
  });

  test('while the commands are at work: 130, and they are ended on every node', async () => {
    const fleet = new Fleet();
    let heard = 0;
    const ending = await fleet.run(command('simulate:work,ms=100000'), {
      on: (event, abort) => {
        if (event.type === 'output' && ++heard === 3) abort(endedBy('Ctrl-C'));
      },
    });
    expect(ending.exitCode).toBe(130);
    // As each node has said: by TERM.
    expect(ending.outcomes.map(({ outcome }) => outcome)).toEqual(Array(3).fill({ kind: 'exit', code: 143 }));
    expect(ending.ear.logs('warn')).toContainEqual(
      expect.stringMatching(/^Ctrl-C: ending the work on 3 nodes/),
    );
    expect(ending.stuck).toEqual([]);
    await expectNothingLeft(fleet);
  });

  test('keeps what is known of nodes that were done by then', async () => {
    const fleet = new Fleet();
    fleet.replaceCommand('a', 'simulate:work,ms=10');
    const ending = await fleet.run(command('simulate:work,ms=100000'), {
      on: (event, abort) => {
        if (event.type === 'node-done' && event.phase === 'exec') abort(endedBy('Ctrl-C'));
      },
    });
    expect([ending.exitCode, kinds(ending)]).toEqual([130, 'ok exit exit']);
  });

  test.each([
    ['terminated', 143],
    ['hangup', 129],
  ] as const)('by %s: %i', async (code, exitCode) => {
    const ending = await new Fleet().run(command(), {
      on: (event, abort) => {
        if (event.type === 'phase' && event.phase === 'lock') abort(new LockstepError(code, 'ended'));
      },
    });
    expect(ending.exitCode).toBe(exitCode);
  });

  test('before it has begun connects to nobody', async () => {
    const fleet = new Fleet();
    const ending = await fleet.run(command(), { signal: AbortSignal.abort(endedBy('Ctrl-C')) });
    expect([ending.exitCode, fleet.connected]).toEqual([130, []]);
  });
});

describe('what is wrong before a connection connects to nobody', () => {
  test.each<[what: string, given: object, here: object, exitCode: number]>([
    ['a target that is none', { targets: { hosts: ['root@a:port'] } }, {}, 64],
    ['a host file that is not there', { targets: { hosts: ['/no/such/file'] } }, {}, 64],
    ['files that are not there', { work: { mode: 'upload', files: ['/no/such/file'] } }, {}, 64],
    ['an input that is not there', command('cat', { stdin: '/no/such/file' }), {}, 64],
    ['a program that is not there', { work: { mode: 'lock', program: ['/no/such'] } }, {}, 127],
    ['nobody to ask', { work: { mode: 'lock-break', run: 'r' } }, {}, 64],
    ['a session that is gone', command(), { environment: { LOCKSTEP_SESSION: '/no/such/socket' } }, 2],
    ['a session that is none', command(), { environment: { LOCKSTEP_SESSION: '' } }, 64],
  ])('%s: its own code', async (_what, given, here, exitCode) => {
    const fleet = new Fleet();
    const ending = await fleet.run(given, here);
    expect([ending.exitCode, fleet.connected]).toEqual([exitCode, []]);
    expect(ending.ear.of('begun')).toEqual([]);
  });

  test.each(['file-not-written', 'usage', 'local-refusal'] as const)(
    'a listener that cannot take the nodes (%s) ends it with its code',
    async (code) => {
      const fleet = new Fleet();
      const reject = async ({ type }: RunEvent) => {
        if (type === 'nodes') throw new LockstepError(code, 'cannot write');
      };
      const ending = await fleet.run(command(), { on: reject });
      expect(ending.failure).toMatchObject({ code, message: 'cannot write' });
      expect(ending.exitCode).toBe(ending.failure?.exitCode);
      expect([fleet.connected, kinds(ending)]).toEqual([[], 'skipped skipped skipped']);
    },
  );

  test('what is no error of ours is a bug of ours: 70, and never a rejection', async () => {
    const ending = await new Fleet().run(command(), {
      openTransport: async () => {
        throw new TypeError('undefined is not a function');
      },
    });
    expect(ending).toMatchObject({ exitCode: 70, failure: { code: 'bug' } });
  });
});
