/** Fleets of the library, on real nodes. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Fleet, FleetOptions, Mode } from '../../src/jobs/index.ts';
import { secretOf } from '../farm/canary.ts';
import type { Farm } from '../farm/farm.ts';
import { fleetOn, startFleetScene } from './fleets.ts';

const SECRET = secretOf('of sudo');
let farm: Farm;
let fleet: Fleet;

startFleetScene((started) => {
  farm = started;
});

const fleetOf = (options: FleetOptions = {}, user?: string) => fleetOn(farm, options, user);

describe('schedules over SSH', () => {
  test('PL-5: sequential is a barrier between sites', async () => {
    fleet = fleetOf();
    fleet.sites.add('A', 'app');
    fleet.sites.add('B', 'example');
    fleet.jobs.add('hello', 'app', async ({ shared, shell }) => {
      await shell.run('sleep 0.1');
      shared.greeting = 'hello, ';
    });
    fleet.jobs.add('world', 'example', async ({ shared, shell }) => {
      shared.greeting += (await shell.run('printf world!')).stdout;
    });
    const displayed: unknown[] = [];
    fleet.jobs.add('display', 'app', ({ shared }) => displayed.push(shared.greeting));
    const { ok, schedule, id } = await fleet.runSequential(['hello', 'world', 'display']);
    expect([ok, displayed, schedule.index, schedule.mode]).toEqual([
      true,
      ['hello, world!'],
      1,
      'sequential',
    ]);
    expect(schedule.id).toBe(`${id}-1`);
  });

  /** What began and ended, in order: on A at once, on B late, or when A has begun the second job. */
  async function trace(mode: Mode, { failing = false, isBehindA = false } = {}) {
    const seen: string[] = [];
    let go = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      go = resolve;
    });
    fleet = fleetOf({ check: true });
    for (const job of ['j1', 'j2'])
      fleet.jobs.add(job, ['A', 'B'], async ({ site, shell }) => {
        seen.push(`+${site.name}.${job}`);
        if (site.name === 'A' && job === 'j2') go();
        if (isBehindA && site.name === 'B') await hasBegun;
        await shell.run(`sleep ${site.name === 'B' && job === 'j1' ? 0.8 : 0}`);
        if (failing && site.name === 'A' && job === 'j1') await shell.run('exit 3');
        seen.push(`-${site.name}.${job}`);
      });
    const { schedule } = await fleet.run(['j1', 'j2'], { mode, breakOnError: failing });
    return { seen, errors: schedule.errors };
  }

  test('PL-6: sites go through jobs at their own pace, job by job, one by one, or all at once', async () => {
    const own = (await trace('site-sequential', { isBehindA: true })).seen;
    expect(own.indexOf('+A.j2')).toBeLessThan(own.indexOf('-B.j1'));
    const byJob = (await trace('sequential')).seen;
    expect(byJob.indexOf('+A.j2')).toBeGreaterThan(byJob.indexOf('-B.j1'));
    const strictly = ['A.j1', 'B.j1', 'A.j2', 'B.j2'].flatMap((one) => [`+${one}`, `-${one}`]);
    expect((await trace('atomic')).seen).toEqual(strictly);
    const all = (await trace('parallel')).seen;
    expect(all.slice(0, 4).every((one) => one.startsWith('+'))).toBe(true);
  });

  test.each<[Mode, string[]]>([
    ['site-sequential', ['+A.j1', '+B.j1', '+B.j2', '-B.j1', '-B.j2']],
    ['sequential', ['+A.j1', '+B.j1', '-B.j1']],
    ['atomic', ['+A.j1']],
  ])('PL-7: a failure, with breakOnError: %s', async (mode, ran) => {
    const { seen, errors } = await trace(mode, { failing: true });
    expect([[...seen].sort(), errors]).toEqual([ran, 1]);
  });
});

describe('shells over SSH', () => {
  test('PL-10: output is captured up to a limit, passed on unless it is quiet, and goes to files of its own', async () => {
    const [printed, logged, dropped] = [[] as string[], [] as string[], [] as string[]];
    const sink = (list: string[]) => ({ write: (chunk: unknown) => list.push(String(chunk)) });
    const hello = 'echo hello, world!';
    fleet = fleetOf({ stdout: sink(dropped) });
    fleet.jobs.add('shells', 'A', async ({ shell, shared }) => {
      const to = { stdout: sink(printed), log: sink(logged) };
      shared.all = [
        await shell.run(hello, to),
        await shell.run(hello, { captureBytes: 5, quiet: true }),
        await shell.run(hello, { captureBytes: 0, quiet: true }),
        await shell.run(`${hello} 1>&2`, { silent: true }),
        await shell.run(['cd /tmp', 'pwd', 'exit 3'], { quiet: true }),
        await shell.run('read line; echo "$line $WORD"; pwd; id -un', {
          ...{ stdin: 'input\n', env: { WORD: "it's" }, cwd: '/srv', become: 'worker', quiet: true },
        }),
      ];
    });
    const { shared, ok } = await fleet.run('shells');
    const end = { code: 0, signal: undefined, stderr: '', isCut: false };
    expect([ok, shared.all]).toEqual([
      true,
      [
        { ...end, stdout: 'hello, world!\n' },
        { ...end, stdout: 'hello', isCut: true },
        { ...end, stdout: '', isCut: true },
        { ...end, stdout: '', stderr: 'hello, world!\n' },
        { ...end, stdout: '/tmp\n', code: 3 },
        { ...end, stdout: "input it's\n/srv\nworker\n" },
      ],
    ]);
    expect([printed.join(''), dropped]).toEqual(['hello, world!\n', []]);
    expect(logged.join('')).toContain(hello);
  });

  test('PL-12: an upload is there as it is here, comes back the same, and a mirror has nothing else', async () => {
    const [content, here] = [`random ${Math.random()}\n`, join(farm.home, 'files')];
    mkdirSync(join(here, 'tree'), { recursive: true });
    for (const name of ['tree/one', 'tree/two', 'file']) writeFileSync(join(here, name), content);
    fleet = fleetOf();
    fleet.jobs.add('files', 'A', async ({ shell, shared }) => {
      await shell.upload(join(here, 'file'), { to: '/srv/up' });
      shared.cat = (await shell.run('cat /srv/up/file; mkdir -p /srv/tree; touch /srv/tree/extra')).stdout;
      await shell.download('/srv/up/file', { to: join(here, 'back') });
      await shell.mirror(`${join(here, 'tree')}/`, { to: '/srv/tree' });
      shared.ls = (await shell.run('ls -A /srv/tree')).stdout;
    });
    const { shared, schedule } = await fleet.run('files');
    expect(schedule.outcomes[0]?.actions[0]?.errors).toEqual([]);
    expect([shared.cat, shared.ls]).toEqual([content, 'one\ntwo\n']);
    expect(readdirSync(join(here, 'back'))).toEqual(['file']);
    expect(readFileSync(join(here, 'back/file'), 'utf8')).toBe(content);
  });

  test('PL-12: what a transfer cannot put in place leaves what is there, and paths of one name are refused', async () => {
    const here = join(farm.home, 'kept');
    mkdirSync(join(here, 'a'), { recursive: true });
    mkdirSync(join(here, 'b'));
    for (const name of ['x', 'a/one', 'b/two']) writeFileSync(join(here, name), 'mine');
    fleet = fleetOf();
    fleet.jobs.add('files', 'A', async ({ shell, shared }) => {
      await shell.run('mkdir -p /srv/p /srv/q; echo p >/srv/p/x; echo q >/srv/q/x; touch /srv/p/y');
      const refused = (work: Promise<void>) =>
        work.then(
          () => 'done',
          ({ message }) => message,
        );
      shared.said = [
        await refused(shell.download(['/srv/p/x', '/srv/q/x'], { to: here })),
        await refused(shell.download(['/srv/p/y', '/srv/p/none'], { to: here })),
        await refused(shell.mirror([`${join(here, 'a')}/`, `${join(here, 'b')}/`], { to: '/srv/p' })),
        await refused(shell.download(['/srv/p/y', '/srv/p/y'], { to: here })),
      ];
      shared.ls = (await shell.run('ls /srv/p')).stdout;
    });
    const { shared } = await fleet.run('files');
    expect(shared.said).toEqual([
      "download: two of these would be 'x' there",
      expect.stringContaining('none'),
      "mirror: two of these would be '.' there",
      'done',
    ]);
    expect([readdirSync(here), readFileSync(join(here, 'x'), 'utf8')]).toEqual([
      ['a', 'b', 'x', 'y'],
      'mine',
    ]);
    expect(shared.ls).toBe('x\ny\n');
  });

  test('PL-13: a job is over when its commands are, and the next one has what they wrote', async () => {
    fleet = fleetOf();
    fleet.jobs.add('write', 'A', async ({ shell, ids, shared }) => {
      shared.file = `/tmp/${ids.action}.log`;
      await shell.run(`sleep 0.4; echo written >${shared.file}`);
    });
    fleet.jobs.add('read', 'A', async ({ shell, shared }) => {
      shared.text = (await shell.run(`cat ${shared.file}`)).stdout;
    });
    const { shared, schedule } = await fleet.run(['write', 'read']);
    expect([shared.text, schedule.actionCount, schedule.errors]).toEqual(['written\n', 2, null]);
  });

  test('a shell of a host alone locks it while its command is at work', async () => {
    fleet = fleetOf();
    const [first] = farm.nodes;
    const { stdout } = await fleet.shell('A').run('hostname; flock -n / true || echo locked');
    expect(stdout).toBe(`${(await first?.run('hostname'))?.stdout}locked\n`);
  });

  test('PL-11: of ten commands that need a password of sudo at once one asks, and it is asked again where it is wrong', async () => {
    const [first] = farm.nodes;
    await first?.setPassword('plain', SECRET);
    await first?.run("echo 'plain ALL=(ALL) ALL' >/etc/sudoers.d/plain; chmod 440 /etc/sudoers.d/plain");
    const prompts: string[] = [];
    const askPassword = async (prompt: string) => (prompts.push(prompt) === 1 ? 'wrong' : SECRET);
    fleet = fleetOf({ askPassword }, 'plain');
    fleet.jobs.add('whoami', 'A', async ({ shell, shared }) => {
      const all = Array.from({ length: 10 }, () => shell.run('id -un', { become: true }));
      shared.names = (await Promise.all(all)).map(({ stdout }) => stdout.trim());
    });
    const { shared, schedule } = await fleet.run('whoami');
    expect(schedule.outcomes[0]?.actions[0]?.errors).toEqual([]);
    expect([shared.names, prompts.length]).toEqual([Array(10).fill('root'), 2]);
  });
});
