/** How the work of fleets ends, on real nodes; and programs that use them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Fleet, FleetOptions } from '../../src/jobs/index.ts';
import type { Farm } from '../farm/farm.ts';
import { lockstep } from '../farm/lockstep.ts';
import { captureOrThrow, until } from '../farm/process.ts';
import { connectTo, fleetOn, startFleetScene } from './fleets.ts';
import { expectExit, strays, untilAtRest } from './scene.ts';

let farm: Farm;
let fleet: Fleet;

startFleetScene((started) => {
  farm = started;
});

const fleetOf = (options: FleetOptions = {}, user?: string) => fleetOn(farm, options, user);

describe('programs', () => {
  const ROOT = join(import.meta.dirname, '../..');
  const hosts = () => farm.nodes.map(({ host }) => `root@${host}`);

  test('lockstep job: a web deployment is done on all sites, and goes back on each where it is wrong', async () => {
    const [good, bad] = [join(farm.home, 'good'), join(farm.home, 'bad')];
    for (const directory of [good, bad]) mkdirSync(directory);
    writeFileSync(join(good, 'index.html'), 'new');
    writeFileSync(join(bad, 'other.html'), 'bad');
    const deploy = (files: string, ...names: string[]) =>
      lockstep(
        [
          'job',
          '-F',
          'none',
          '-f',
          join(ROOT, 'examples/web-deployment.mjs'),
          ...names,
          '--schedule=sequential',
        ],
        { farm, env: { LOCKSTEP_SITES: hosts().join(), LOCKSTEP_FILES: `${files}/` } },
      );
    const first = await expectExit(deploy(good, 'snapshot', 'update', 'migrate', 'tell'), 0);
    const name = (await farm.nodes[0]?.run('hostname'))?.stdout.trim();
    expect(first.stderr.split(`migrated by ${name}\n`)).toHaveLength(3);
    const second = await expectExit(deploy(bad, 'snapshot', 'update'), 1);
    expect(second.stderr).toContain('job update: the new site has no index.html: gone back');
    for (const node of farm.nodes) expect((await node.run('ls /srv/www')).stdout).toBe('index.html\n');
  });

  test('a fleet that is closed has left no timer and no socket in its program', async () => {
    const program = `
      import { createFleet } from 'lockstep-ssh';
      const fleet = createFleet(${JSON.stringify({ connect: connectTo(farm) })});
      for (const host of ${JSON.stringify(hosts())}) fleet.sites.add(host, 'all', { host });
      fleet.jobs.add('some', 'all', ({ shell }) => shell.run('true'));
      await fleet.run('some');
      await fleet.close();
      console.log(process.getActiveResourcesInfo().filter((name) => !/^(Pipe|TTY|FS)/.test(name)).join());`;
    const words = ['--input-type=module', '-e', program];
    expect(await captureOrThrow(process.execPath, words)).toBe('\n');
  });

  test('a web page is sent what a job prints on all sites, and how it ended; pages of others start none', async () => {
    const env = { ...process.env, PORT: '0', LOCKSTEP_CONNECT: JSON.stringify(connectTo(farm)) };
    const server = spawn(process.execPath, [join(ROOT, 'examples/web-route.mjs'), ...hosts()], { env });
    onTestFinished(() => void server.kill());
    const [line] = await once(server.stdout, 'data');
    const url = `${line}`.trim();
    const ask = (job: string, headers = {}) => fetch(`${url}jobs/${job}`, { method: 'POST', headers });
    const shown = await (await ask('uptime')).text();
    for (const host of hosts()) expect(shown).toMatch(new RegExp(`^${host}: .* load average: `, 'm'));
    expect(shown.endsWith('\ndone\n')).toBe(true);
    expect([(await ask('constructor')).status, (await ask('uptime', { origin: 'http://a' })).status]).toEqual(
      [404, 403],
    );
  });

  test('a program that has closed its fleet ends by itself, and one database at a time was upgraded in each data centre', async () => {
    const [one, two, three] = hosts();
    const connect = connectTo(farm);
    const words = [join(ROOT, 'examples/database-upgrade.mjs'), `${one}=ams`, `${two}=ams`, `${three}=fra`];
    const stdout = await captureOrThrow(process.execPath, words, {
      env: { ...process.env, LOCKSTEP_CONNECT: JSON.stringify(connect) },
    });
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({
      ok: true,
      ams: { work: 0, most: 1 },
      fra: { work: 0, most: 1 },
    });
  });
});

describe('the end of work', () => {
  test('what an action has begun and not awaited is ended with it', async () => {
    fleet = fleetOf();
    fleet.jobs.add('careless', 'all', async ({ shell }) => {
      shell.spawn('exec sleep 4711');
      await shell.run('until pgrep -x sleep; do sleep 0.05; done');
    });
    fleet.jobs.add('look', 'all', async ({ shell, shared, site }) => {
      shared[site.name] = (await shell.run('pgrep -x sleep')).code;
    });
    const { shared, ok } = await fleet.run(['careless', 'look']);
    expect([ok, shared]).toEqual([true, { A: 1, B: 1, C: 1 }]);
  });

  test('an abort ends all, rejects, and leaves nothing on the nodes or here', async () => {
    const ender = new AbortController();
    fleet = fleetOf({ signal: ender.signal });
    fleet.jobs.add('long', 'all', ({ shell }) => shell.run('exec sleep 4712'));
    const running = fleet.run('long');
    const isThere = () => farm.nodes.every((node) => strays(node).includes('sleep 4712'));
    await until('the commands run', isThere);
    ender.abort(new Error('enough'));
    await expect(running).rejects.toMatchObject({ code: 'interrupted', message: 'was aborted: enough' });
    await untilAtRest(farm.nodes);
    await fleet.close();
  });

  test('a stream that a command reads may fail, and commands that wait for their turn are ended: nothing else is', async () => {
    fleet = fleetOf();
    const ender = new AbortController();
    fleet.jobs.add('read', 'A', async ({ shell, shared }) => {
      const failing = new PassThrough();
      failing.write('some');
      const reading = shell.run('cat', { stdin: failing });
      const many = Array.from({ length: 40 }, () =>
        shell.run('cat; exec sleep 4714', { stdin: 'x', signal: ender.signal }).catch(({ code }) => code),
      );
      await shell.run('until pgrep -x sleep; do sleep 0.05; done');
      failing.destroy(new Error('the disk is gone'));
      shared.read = await reading.catch(({ code, message }) => `${code}: ${message}`);
      ender.abort();
      shared.many = [...new Set(await Promise.all(many))];
      shared.after = (await shell.run('cat', { stdin: Readable.from(['a', 'b']) })).stdout;
    });
    const { shared, ok } = await fleet.run('read');
    expect([ok, shared]).toEqual([
      true,
      {
        read: 'local-refusal: the input of the command could not be read: the disk is gone',
        many: ['interrupted'],
        after: 'ab',
      },
    ]);
  });

  test('L6: a command whose shell is killed is lost with all that it has started, and with nothing that others have', async () => {
    fleet = fleetOf({ times: { heartbeatMs: 1_000, leaseMs: 6_000, killGraceMs: 200 } });
    fleet.jobs.add('kill', 'A', async ({ shell, shared }) => {
      await shell.run('setsid sleep 4715 >/dev/null 2>&1 </dev/null &');
      const beside = shell.run('until [ -e /tmp/over ]; do sleep 0.05; done; echo whole', { check: true });
      const killed = shell.run('setsid sleep 4716 & sleep 0.2; kill -9 $PPID; exec sleep 4717');
      shared.killed = await killed.catch(({ code }) => code);
      shared.left = (
        await shell.run('pgrep -a sleep | grep -o "471.*"; pkill sleep; touch /tmp/over')
      ).stdout;
      shared.beside = (await beside).stdout;
    });
    const { shared, ok } = await fleet.run('kill');
    expect([ok, shared]).toEqual([true, { killed: 'connection-lost', left: '4715\n', beside: 'whole\n' }]);
  });

  test('a host that is lost rejects, with the node by name, and the others are ended', async () => {
    fleet = fleetOf({ times: { killGraceMs: 200 } });
    fleet.jobs.add('long', 'all', ({ shell }) => shell.run('exec sleep 4713'));
    const running = fleet.run('long');
    const [, second] = farm.nodes;
    await until('the commands run', () => farm.nodes.every((node) => strays(node).includes('sleep 4713')));
    await second?.run('pkill -KILL -f "^sshd.*root"');
    await expect(running).rejects.toMatchObject({ code: 'lock-lost', node: { host: second?.host } });
  });

  test('a lock that others hold rejects before anything begins, and says who', async () => {
    const other = fleetOf();
    let give = () => {};
    const held = new Promise<void>((resolve) => {
      give = resolve;
    });
    const began = new Promise<void>((resolve) => {
      other.jobs.add('hold', 'B', () => {
        resolve();
        return held;
      });
    });
    const holding = other.run('hold');
    await began;
    fleet = fleetOf();
    fleet.jobs.add('touch', 'all', () => expect.unreachable());
    await expect(fleet.run('touch')).rejects.toMatchObject({ code: 'locked' });
    give();
    await holding;
  });
});
