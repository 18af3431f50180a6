/** What a run writes down, and what the words of the journal tell of it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { lockstep } from '../farm/lockstep.ts';
import { expectExit, run, startScene } from './scene.ts';

describe('the journal of runs on real nodes', () => {
  let farm: Farm;

  beforeAll(async () => {
    farm = await startScene(3);
  });
  afterAll(() => farm?.stop());

  const place = () => join(farm.home, '.local/state/lockstep/runs');
  const names = () => (existsSync(place()) ? readdirSync(place()).sort() : []);
  const tell = async (words: readonly string[], code = 0) => {
    const ran = lockstep(words, { farm, input: '' });
    await expectExit(ran, code);
    return code === 0 ? ran.stdout : ran.stderr;
  };
  const FAILS = '[ "$(hostname)" != node-2 ] || exit 3';

  test('tells a run in all its words, keeps its output where that is wanted, and names its nodes again', async () => {
    await expectExit(run(farm, ['--keep-output', '-C', `echo out; ${FAILS}`]), 1);
    const [name = ''] = names();
    const [first, second] = farm.nodes.map(({ host }) => host);
    const files = [...farm.nodes.map(({ host }) => `root@${host}:22.out`), 'events.jsonl', 'request.json'];
    expect(readdirSync(join(place(), name)).sort()).toEqual(files.sort());
    expect(readFileSync(join(place(), name, `root@${first}:22.out`), 'utf8')).toBe('out\n');
    expect(await tell(['runs'])).toMatch(new RegExp(`^${name} .* 2 of 3 +exit 1 +\\S+ +-C echo out; `, 'm'));
    expect(await tell(['show', 'last'])).toContain(`${second} (1): exit code 3\n`);
    expect(JSON.parse(await tell(['show', '-1', '--json']))).toMatchObject({
      run: name,
      state: 'over',
      ok: 2,
    });
    expect(await tell(['log', name.slice(0, 8), '-f'])).toMatch(
      /is connected\n[\s\S]* ends with exit code 1: /,
    );
    expect(await tell(['report', name])).toMatch(new RegExp(`${second} .*#.* exit code 3\n`));
    const page = join(farm.home, 'report.html');
    await tell(['report', '--html', page, name]);
    expect(readFileSync(page, 'utf8')).toContain('<td>exit code 3</td>');
    expect(statSync(page).mode & 0o777).toBe(0o600);
    const again = run(farm, ['-o', 'run:last:failed', '--no-journal', '-C', 'hostname'], { nodes: [] });
    expect((await expectExit(again, 0)).stdout).toMatch(/ node-2\n$/);
    expect(names()).toEqual([name]);
  });

  test('J2: of a run that was killed says that it has died, and how far it came', async () => {
    const ran = run(farm, ['-C', `${FAILS}; echo on; sleep 60`]);
    await ran.waitForOutput(/on\n[\s\S]*on\n/);
    const followed = lockstep(['log', 'last', '-f'], { farm, input: '' });
    await followed.waitForOutput(/exit code 3/);
    expect(await tell(['runs', '--last', '1'])).toMatch(/ 0 of 3 +running /);
    expect(await tell(['retry', 'last'], 64)).toMatch(/run \S+ is not over/);
    ran.kill('SIGKILL');
    await expectExit(followed, 0);
    expect(await tell(['runs', '--failed', '--json'])).toMatch(/"state":"died"[^\n]*\n$/);
    const shown = await tell(['show', 'last']);
    expect(shown).toContain('(1): exit code 3\n');
    expect(shown).toContain('(2): lost: the journal ends while it worked\n');
  });

  test('J6: starts a run again on the nodes that are not ok, from where it began, with the same files or none', async () => {
    const cwd = join(farm.home, 'work');
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'input'), 'first');
    const earlier = names();
    await expectExit(run(farm, ['-i', 'input', '-C', `cat; ${FAILS}`], { cwd }), 1);
    // Runs of the same second have names in any order.
    const [name = ''] = names().filter((one) => !earlier.includes(one));
    const again = await expectExit(lockstep(['retry', 'last'], { farm, input: 'no' }), 1);
    expect(again.stderr).toContain(`retries run ${name} of `);
    expect(again.stderr).toContain('on 1 of its 3 nodes');
    expect(again.stdout.match(/first/g)).toHaveLength(1);
    expect(await tell(['show', 'last'])).toMatch(
      new RegExp(`repeats run ${name}\\n[\\s\\S]*${farm.nodes[1]?.host} \\(1\\): exit code 3\\n`),
    );
    writeFileSync(join(cwd, 'input'), 'second');
    const before = names();
    expect(await tell(['retry', name], 64)).toMatch(/not as they were when run \S+ read them: 'input'/);
    expect(await tell(['resume', name], 64)).toMatch(/no node of run \S+ is skipped/);
    expect(names()).toEqual(before);
    const changed = lockstep(['retry', '--failed', '--changed-sources', name], { farm, input: '' });
    expect((await expectExit(changed, 1)).stdout).toContain('second');
    rmSync(cwd, { recursive: true });
    expect(await tell(['retry', name], 64)).toMatch(
      /began in a directory that is gone: '\S+\/work': no such/,
    );
  });

  test('J3: costs a full disk one warning, and is not written where nothing is done or a session has one', async () => {
    const before = names();
    await expectExit(run(farm, ['--list']), 0);
    await expectExit(run(farm, ['--lock-status']), 0);
    await expectExit(run(farm, ['--lock-wait=20s', '-L', 'true'], { env: { LOCKSTEP_KEEP_OUTPUT: '1' } }), 0);
    expect(names()).toHaveLength(before.length + 1);
    const full = join(farm.home, 'full');
    mkdirSync(full);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'none', full]);
    farm.atStop(() => execFileSync('umount', ['-l', full]));
    const ran = await expectExit(run(farm, ['-C', 'true'], { env: { XDG_STATE_HOME: full } }), 0);
    expect(ran.stderr.match(/the journal of this run is not whole: no space left on device/g)).toHaveLength(
      1,
    );
  });

  test.each([
    [['show', '20200101'], /there is no run '20200101' in the journal/],
    [['log'], /log needs the id of a run/],
    [['report', 'a', 'b'], /report takes one run: 'b' is too much/],
    [['report', '--html', '-', 'last'], /--html takes a file: '-' is none/],
    [['runs', '--last', 'x'], /--last takes a number of runs: 'x'/],
    [['runs', '--odd'], /Unknown argument: odd/],
    [['show', '-7777'], /there are fewer than 7777 runs/],
  ])('refuses what it cannot tell: %j', async (words, why) => expect(await tell(words, 64)).toMatch(why));
});
