// @module-tag slow
/** `--dry-run` and `--audit` on real nodes: what they say, and that nothing is changed. */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { capture } from '../farm/process.ts';
import { expectExit, listing, run, startScene } from './scene.ts';

const script = fileURLToPath(new URL('../../scripts/fuzz.mjs', import.meta.url));

describe('F16: a dry run says of random trees on random nodes what the run then does, and changes nothing', () => {
  test.for([
    ['perl,python,sh', '1..15'],
    ['busybox', '16..25'],
  ])('on nodes with %s', async ([kind = '', seeds = '']) => {
    const line = [script, '--look-first', '--kind', kind, '--seeds', seeds];
    const { code, stdout, stderr } = await capture(process.execPath, line);
    expect(code, stdout + stderr).toBe(0);
  });
});

describe('a look at three real nodes', () => {
  let farm: Farm;
  let sources: string;
  beforeAll(async () => {
    farm = await startScene(3);
    sources = join(farm.home, 'work');
    mkdirSync(join(sources, 'conf/sub'), { recursive: true });
    for (const name of ['a', 'sub/b', 'sub/c']) {
      writeFileSync(join(sources, 'conf', name), `text of ${name}\nsecond line\n`);
      utimesSync(join(sources, 'conf', name), 1_600_000_000, 1_600_000_000);
    }
  });
  afterAll(() => farm?.stop());

  const here = () => ({ cwd: sources });
  const all = () => Promise.all(farm.nodes.map((node) => listing(node, '/srv', '/root')));
  const line = (...options: string[]) => [...options, '-r', '/srv/app', '-e', '-U', 'conf'];

  test('F16, F15: tells all as new where nothing is, makes no -r, and finds nothing to do after the run', async () => {
    const before = await all();
    const first = await expectExit(run(farm, line('--dry-run'), here()), 6);
    const told = first.stdout.split('\n').map((one) => one.split('  ')[0]);
    const paths = ['app/', 'app/conf/', 'app/conf/a', 'app/conf/sub/', 'app/conf/sub/b', 'app/conf/sub/c'];
    expect(told).toEqual([...paths.map((path) => `+ /srv/${path}`), '']);
    expect(await all()).toEqual(before);
    await expectExit(run(farm, line(), here()), 0);
    const again = await expectExit(run(farm, line('--dry-run'), here()), 0);
    expect(again.stdout).toBe('');
    expect(again.stderr).toContain('nothing to do on 3 nodes');
    expect((await expectExit(run(farm, line('--audit'), here()), 0)).stdout).toBe('');
  });

  test('F16: names the nodes that have drifted, with the lines that differ, and changes nothing', async () => {
    const [, second, third] = farm.nodes;
    const spoil = 'cd /srv/app/conf && t=$(stat -c %y a) && sed -i s/second/SECOND/ a && touch -d "$t" a';
    await second?.run(`${spoil} && chmod 600 sub/b && mkdir more && touch more/x`);
    await third?.run('rm /srv/app/conf/sub/c');
    const before = await all();
    const audit = await expectExit(run(farm, line('--audit', '--diff'), here()), 6);
    const told = audit.stdout.split('\n');
    const found = told.filter((one) => /^[a-z]+ +\//.test(one)).map((one) => one.replace(/ +/g, ' '));
    expect(found).toEqual([
      `content /srv/app/conf/a ${second?.host}`,
      `mode /srv/app/conf/sub/b ${second?.host}`,
      `missing /srv/app/conf/sub/c ${third?.host}`,
      `extra /srv/app/conf/more ${second?.host}`,
    ]);
    expect(told).toContain('-SECOND line');
    expect(told).toContain('+second line');
    const json = await expectExit(run(farm, line('--dry-run', '--json'), here()), 6);
    const kinds = json.stdout
      .trim()
      .split('\n')
      .map((one) => JSON.parse(one).difference.kind);
    expect(new Set(kinds)).toEqual(new Set(['content', 'attributes', 'new']));
    expect(await all()).toEqual(before);
  });

  test('a node that would refuse the upload, or cannot be looked at, is named, and the others are told', async () => {
    const [first, second] = farm.nodes;
    await first?.run('rm -r /srv/app/conf/sub && touch /srv/app/conf/sub');
    await second?.run('mv /usr/bin/xargs /usr/bin/xargs.away');
    const refused = await expectExit(run(farm, line('--dry-run'), here()), 4);
    await second?.run('mv /usr/bin/xargs.away /usr/bin/xargs');
    expect(refused.stderr).toContain('/srv/app/conf/sub is no directory there, but one in the upload');
    expect(refused.stderr).toContain('xargs is not installed on this node');
    expect(refused.stdout).toContain('+ /srv/app/conf/sub/c');
    await second?.run('chmod 700 /srv/app/conf');
    const denied = await expectExit(run(farm, line('--dry-run'), { ...here(), user: 'plain' }), 4);
    await second?.run('chmod 755 /srv/app/conf');
    expect(denied.stderr).toMatch(/hint: -x does it as root/);
  });

  test('F16: an audit that lists not all that a node has beside says so, and counts no node that it has not seen', async () => {
    const [, second, third] = farm.nodes;
    const named = ['--audit', '-r', '/srv/many', '-e', '-U', 'conf'];
    await expectExit(run(farm, ['-r', '/srv/many', '-e', '-U', 'conf'], here()), 0);
    await second?.run('cd /srv/many/conf && seq 10001 | xargs touch --');
    const audit = await expectExit(run(farm, named, here()), 6);
    expect(audit.stdout.match(/^extra /gm)).toHaveLength(10_000);
    expect(audit.stderr).toMatch(new RegExp(`${second?.host}.*more than 10000 names that are not here`));
    await second?.run('rm -r /srv/many/conf/[0-9]*');
    await third?.run('mv /usr/bin/xargs /usr/bin/xargs.away');
    const some = await expectExit(run(farm, named, here()), 4);
    await third?.run('mv /usr/bin/xargs.away /usr/bin/xargs');
    expect(some.stderr).toContain('as the files here: 2 of 3 nodes');
  });

  const inodes = async () => {
    const found = farm.nodes.map((node) => node.run("find /srv/app -printf '%P %i %T@\\n' | sort"));
    return (await Promise.all(found)).map(({ stdout }) => stdout);
  };
  /** Whether they are another file or directory now, or have another time, on each node. */
  const changed = (before: readonly string[], after: readonly string[]) =>
    after.map((lines, at) => {
      const known = new Set(before[at]?.split('\n'));
      return lines.split('\n').flatMap((one) => (known.has(one) ? [] : [one.split(' ')[0]]));
    });

  test('F18: a second upload sends nothing; one file that differs is sent to the node that needs it, and it alone', async () => {
    const [, second, third] = farm.nodes;
    await Promise.all(farm.nodes.map((node) => node.run('rm -rf /srv/app')));
    await expectExit(run(farm, line(), here()), 0);
    const before = await inodes();
    const again = await expectExit(run(farm, line(), here()), 0);
    expect(again.stderr).toContain('nothing to send: 3 nodes have these files already');
    expect(again.stderr).not.toContain('sending');
    expect(await inodes()).toEqual(before);
    // Of the same length and second: only the sum tells.
    await second?.run('cd /srv/app/conf && sed -i s/second/SECOND/ a && touch -d @1600000000 a');
    await third?.run('mv /usr/bin/xargs /usr/bin/xargs.away');
    const some = await expectExit(run(farm, line(), here()), 0);
    await third?.run('mv /usr/bin/xargs.away /usr/bin/xargs');
    expect(some.stderr).toContain('nothing to send to 1 of 3 nodes: they have these files already');
    const [none, one, whole] = changed(before, await inodes());
    expect(none).toEqual([]);
    expect(one).toEqual(['conf/a']);
    // A node that cannot be asked is sent all.
    expect(whole).toEqual(['conf/a', 'conf/sub/b', 'conf/sub/c']);
    expect((await expectExit(run(farm, line('--dry-run', '--checksum'), here()), 0)).stdout).toBe('');
    const middle = await inodes();
    await second?.run('cd /srv/app/conf && chmod 600 sub/b && touch a');
    const mended = await expectExit(run(farm, line(), here()), 0);
    expect(mended.stderr).toContain('setting attributes alone: of 2 files on 1 node');
    expect(mended.stderr).not.toContain('sending');
    expect(await inodes()).toEqual(middle);
    expect((await expectExit(run(farm, line('--dry-run'), here()), 0)).stdout).toBe('');
    const all = await expectExit(run(farm, line('--send-all'), here()), 0);
    expect(all.stderr).not.toContain('nothing to send');
    for (const replaced of changed(middle, await inodes())) expect(replaced).toEqual(whole);
  });

  test('goes beside other readers, and waits for no one who only reads', async () => {
    const holder = run(farm, ['-r', '/srv', '--lock-shared', '-C', 'echo held; sleep 300']);
    await holder.waitForOutput(/held/);
    const beside = await expectExit(run(farm, ['--dry-run', '-r', '/srv', '-e', '-U', 'conf/a'], here()), 6);
    expect(beside.stdout).toMatch(/^\+ \/srv\/conf/m);
    holder.kill('SIGINT');
    await holder.exited;
  });
});
