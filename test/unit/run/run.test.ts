import { describe, expect, test } from 'vitest';
import type { Stamped } from '../../../src/core/events.ts';
import { command, expectNothingLeft, Fleet, kinds } from './simulated.ts';

describe('a run on nodes that speak the keeper’s protocol', () => {
  test('that goes well is told from its name to the release, and ends with 0', async () => {
    const fleet = new Fleet();
    const ending = await fleet.run(command());
    expect(ending).toMatchObject({ exitCode: 0, failure: undefined, stuck: [], success: undefined });
    expect(kinds(ending)).toBe('ok ok ok');
    expect(fleet.begun.sort()).toEqual(['a', 'b', 'c']);
    expect(ending.ear.of('phase').map(({ phase }) => phase)).toEqual(['connect', 'lock', 'exec', 'release']);
    const types = ending.ear.events.map(({ type }) => type);
    expect(types.indexOf('nodes')).toBeLessThan(types.indexOf('begun'));
    expect(types.filter((type) => type === 'begun').length).toBe(1);
    const [{ run, who } = { run: '', who: '' }] = ending.ear.of('begun');
    expect(run).toMatch(/^\d{8}T\d{6}-[0-9a-f]{8}$/);
    expect(who).toMatch(/@/);
    await expectNothingLeft(fleet);
  });

  test('hands on what the commands write, each node’s as its own', async () => {
    const { ear } = await new Fleet().run(command());
    for (const host of ['a', 'b', 'c']) {
      const said = ear
        .of('output')
        .flatMap(({ node, chunk }) => (node.host === host ? [chunk.toString()] : []));
      expect(said.join('')).toBe('at work\nno newline at the end');
    }
    expect(ear.of('output-end').length).toBe(3);
  });

  test('stamps whatever it tells with its time by the run’s clock, and from begun on with its id', async () => {
    const fleet = new Fleet();
    const stamps: [number, string | undefined][] = [];
    const { ear } = await fleet.run(command(), {
      on: (event) => {
        const { at, run } = event as Stamped;
        stamps.push([at, run]);
      },
    });
    const begun = ear.events.findIndex(({ type }) => type === 'begun');
    const id = ear.of('begun')[0]?.run;
    expect(stamps.map(([, run]) => run)).toEqual(stamps.map((_, at) => (at < begun ? undefined : id)));
    const times = stamps.map(([at]) => at);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(times.at(-1)).toBeLessThanOrEqual(fleet.machine.wallMs());
  });

  test('and a second one after it finds the nodes free', async () => {
    const fleet = new Fleet();
    const first = await fleet.run(command());
    const second = await fleet.run(command());
    expect([first.exitCode, second.exitCode]).toEqual([0, 0]);
    expect(second.ear.of('begun')[0]?.run).not.toBe(first.ear.of('begun')[0]?.run);
  });
});

describe('a node that cannot be reached', () => {
  test.each<[what: string, gone: string[], mayLeaveOut: boolean, exitCode: number, outcomes: string]>([
    ['ends the run with 3, and nothing is run', ['b'], false, 3, 'skipped refused skipped'],
    ['is left out with -w', ['b'], true, 0, 'ok refused ok'],
    ['is left out with another, with -w', ['a', 'b'], true, 0, 'refused refused ok'],
    ['like all others ends the run, with -w', ['a', 'b', 'c'], true, 3, 'refused refused refused'],
  ])('%s', async (_what, gone, mayLeaveOut, exitCode, outcomes) => {
    const fleet = new Fleet();
    for (const host of gone) fleet.unreachable.add(host);
    const ending = await fleet.run({ ...command(), connect: { mayLeaveOut } });
    expect([ending.exitCode, kinds(ending)]).toEqual([exitCode, outcomes]);
    expect(fleet.begun.length).toBe(exitCode === 0 ? 3 - gone.length : 0);
    expect(ending.ear.of('left-out').flatMap(({ errors }) => errors).length).toBe(
      exitCode === 0 ? gone.length : 0,
    );
    await expectNothingLeft(fleet);
  });

  test('-w does not help where a command fails on another', async () => {
    const fleet = new Fleet();
    fleet.unreachable.add('a');
    const ending = await fleet.run({
      ...command('simulate:work,ms=10,code=3'),
      connect: { mayLeaveOut: true },
    });
    expect([ending.exitCode, kinds(ending)]).toEqual([1, 'refused exit exit']);
  });
});

describe('a lock that somebody holds', () => {
  test.each(['a', 'b', 'c'])('on %s: 75, and no command is begun anywhere', async (host) => {
    const fleet = new Fleet();
    fleet.lock(host);
    const ending = await fleet.run(command());
    expect([ending.exitCode, ending.failure?.code]).toEqual([75, 'locked']);
    expect(kinds(ending)).toBe('skipped skipped skipped');
    expect(fleet.begun).toEqual([]);
    await fleet.rest();
    expect([fleet.open, fleet.processes()]).toEqual([0, []]);
  });

  test('is gone past with -y, and with -t, aloud', async () => {
    for (const lock of [{ kind: 'none' }, { mayGoWithout: true }]) {
      const fleet = new Fleet();
      fleet.lock('b');
      const ending = await fleet.run({ ...command(), lock });
      expect([ending.exitCode, kinds(ending)]).toEqual([0, 'ok ok ok']);
      const warnings = ending.ear
        .of('log')
        .filter(({ level, node }) => level === 'warn' && node?.host === 'b');
      expect(warnings.length).toBe('mayGoWithout' in lock ? 1 : 0);
    }
  });

  test('is waited for with --lock-wait, and 75 when that was too short', async () => {
    const fleet = new Fleet();
    fleet.lock('b');
    const ending = await fleet.run({ ...command(), lock: { waitMs: 3_000 } });
    expect(ending.exitCode).toBe(75);
    expect(ending.failure?.message).toMatch(/was not taken within 3 s/);
    expect(ending.ear.of('lock-wait').length).toBeGreaterThan(1);
  });
});

describe('a command that does not end well', () => {
  test('on every node: 1', async () => {
    const fleet = new Fleet();
    const ending = await fleet.run(command('simulate:work,ms=10,code=3'));
    expect([ending.exitCode, ending.failure?.code]).toEqual([1, 'command-failed']);
    expect(ending.outcomes.map(({ outcome }) => outcome)).toEqual(Array(3).fill({ kind: 'exit', code: 3 }));
    await expectNothingLeft(fleet);
  });

  test('on one node: 1, and the others go to their end', async () => {
    const fleet = new Fleet();
    fleet.replaceCommand('b', 'simulate:work,ms=10,code=7');
    const ending = await fleet.run(command());
    expect([ending.exitCode, kinds(ending)]).toEqual([1, 'ok exit ok']);
  });

  test('on one node with --fail-fast: 1, and the others are ended', async () => {
    const fleet = new Fleet();
    fleet.replaceCommand('b', 'simulate:work,ms=10,code=7');
    const ending = await fleet.run(command('simulate:work,ms=100000', { isFailFast: true }));
    expect([ending.exitCode, kinds(ending)]).toEqual([1, 'ended exit ended']);
    await expectNothingLeft(fleet);
  });

  test('in its time: 124, on the node that was too slow', async () => {
    const fleet = new Fleet();
    fleet.replaceCommand('c', 'simulate:work,ms=100000');
    const ending = await fleet.run(command('simulate:work,ms=10', { timeoutMs: 5_000 }));
    expect([ending.exitCode, ending.failure?.code]).toEqual([124, 'command-timed-out']);
    expect(kinds(ending)).toBe('ok ok timed-out');
    await expectNothingLeft(fleet);
  });

  test('the first cause decides: a failure before a time limit is 1', async () => {
    const fleet = new Fleet();
    fleet.replaceCommand('a', 'simulate:work,ms=100000');
    fleet.replaceCommand('b', 'simulate:work,ms=10,code=7');
    const ending = await fleet.run(command('simulate:work,ms=10', { timeoutMs: 5_000 }));
    expect([ending.exitCode, kinds(ending)]).toEqual([1, 'timed-out exit ok']);
  });
});

describe('a mode that only looks', () => {
  test('--lock-status takes no lock: one that is held by others is no refusal', async () => {
    const fleet = new Fleet();
    fleet.lock('b');
    const ending = await fleet.run({ work: { mode: 'lock-status' } });
    expect([ending.exitCode, kinds(ending)]).toEqual([0, 'ok ok ok']);
    const [status] = ending.ear.of('lock-status');
    expect(status?.views.map(({ flock }) => flock.kind)).toEqual(['free', 'held', 'free']);
    expect(ending.ear.of('phase').map(({ phase }) => phase)).toEqual(['connect', 'release']);
    expect(fleet.open).toBe(0);
  });

  test('--lock-break of a run that is not there is 1, and breaks nothing', async () => {
    const fleet = new Fleet();
    const ending = await fleet.run({ work: { mode: 'lock-break', run: 'r', isConfirmed: true } });
    expect([ending.exitCode, ending.failure?.code]).toEqual([1, 'not-broken']);
  });
});
