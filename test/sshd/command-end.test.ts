/** Commands that are ended before their own end: by their time limit, or by one that failed. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import { expectExit, run, startScene, strays, untilAtRest } from './scene.ts';

let farm: Farm;
let slow: FarmNode;

beforeAll(async () => {
  farm = await startScene(3);
  slow = farm.nodes[1] as FarmNode;
});
afterAll(() => farm?.stop());
afterEach(() => untilAtRest(farm.nodes));

/**
 * What commands have started there, all of which is gone before a keeper says its last word. Its timer, which has the
 * keeper's arguments, is told to end and not waited for; sshd ends a session a moment after the run that has closed it.
 */
const begunOn = (node: FarmNode) =>
  strays(node).filter((line) => /^(bash|sh|sleep) /.test(line) && !line.includes(' lockstep-keeper '));
const id = (node: FarmNode) => `[root@${node.host}:22]`;
const SLOW_ON_ONE = '[ "$(hostname)" != node-2 ] || { echo begun; sleep 300 & sleep 300; }; echo done';

describe('--timeout', () => {
  test.each([
    ['a command', [], {}],
    ['a command with -i', ['-i', '/dev/stdin'], { input: 'text' }],
    ['a plain command of -S', ['-S'], {}],
  ])(
    'ends %s on the slow node alone, with all that it started; the run goes on, and exits with 124',
    async (_title, args, options) => {
      const command = args.includes('-S')
        ? ['-m', '-n', SLOW_ON_ONE, '--no-upload', '-S']
        : [...args, '-C', SLOW_ON_ONE];
      const ran = await expectExit(run(farm, ['--timeout', '5s', ...command], options), 124);
      const others = farm.nodes.filter((node) => node !== slow).map(({ host }) => `${host} done`);
      expect(ran.stdout.trimEnd().split('\n').sort()).toEqual([...others, `${slow.host} begun`].sort());
      expect(ran.stderr).toContain(`timed out after 5 s (1 nodes): ${id(slow)}`);
      expect(ran.stderr).toContain('commands are failed on 1 out of 3 nodes');
      expect(begunOn(slow)).toEqual([]);
    },
  );

  test('KILL ends what ignores TERM, while the lock is held on and proven with the shortest lease', async () => {
    const stubborn = 'trap "" TERM; while :; do sleep 0.2; done';
    const times = ['--timeout', '1s', '--kill-grace', '6s', '--heartbeat', '1s', '--lease', '4s'];
    const ran = await expectExit(run(farm, [...times, '-C', stubborn]), 124);
    expect(ran.stderr).toContain('timed out after 1 s (3 nodes)');
  });

  test('the first cause decides: a command that failed before is exit 1, and --json tells both', async () => {
    const command = 'case $(hostname) in node-1) exit 7 ;; node-2) sleep 300 ;; esac';
    const ran = await expectExit(run(farm, ['--json', '--timeout', '2s', '-C', command]), 1);
    const ends = ran.stderr.split('\n').flatMap((line) => {
      if (!line.includes('"status"')) return [];
      const { outcome, code, afterMs } = JSON.parse(line);
      return [[outcome, code ?? afterMs]];
    });
    expect(ends).toEqual([
      ['exit', 7],
      ['timed-out', 2000],
      ['ok', undefined],
    ]);
  });

  test('ends a step in a session, and the session and its lock live on', async () => {
    const program = `${process.execPath} ${JSON.stringify(new URL('../../bin/lockstep.js', import.meta.url).pathname)}`;
    const steps = [
      `${program} --timeout 2s -C ${JSON.stringify('echo begun; sleep 300')}; echo "step $?"`,
      `${program} -C true; echo "step $?"`,
    ];
    const ran = await expectExit(run(farm, ['-L', 'sh', '-c', steps.join('; ')]), 0);
    expect(ran.stdout).toContain('step 124\nstep 0\n');
    expect(ran.stderr).toContain('timed out after 2 s (3 nodes)');
  });
});

describe('--fail-fast', () => {
  test('the first command that fails ends those on the other nodes, and they are told from those that failed', async () => {
    const command =
      '[ "$(hostname)" != node-2 ] || { until [ -e /run/go ]; do sleep 0.05; done; exit 7; }; sleep 300 & sleep 300';
    const ran = run(farm, ['--fail-fast', '-C', command]);
    await until('the others are at work', () =>
      farm.nodes.every((node) => node === slow || strays(node).includes('sleep 300')),
    );
    await slow.run('touch /run/go');
    await expectExit(ran, 1);
    expect(ran.stderr).toContain(`${id(slow)} failed first: --fail-fast ends the command on 2 other nodes`);
    expect(ran.stderr).toContain('commands are failed on 1 out of 3 nodes');
    expect(ran.stderr).toContain(`code 7 (1 nodes): ${id(slow)}`);
    const others = farm.nodes.filter((node) => node !== slow).map(id);
    expect(ran.stderr).toContain(`ended, since ${id(slow)} failed first (2 nodes): ${others.join(', ')}`);
    expect(farm.nodes.flatMap(begunOn)).toEqual([]);
  });

  test('without it a command that fails ends no other', async () => {
    const command = '[ "$(hostname)" != node-2 ] || exit 7; sleep 2; echo done';
    const ran = await expectExit(run(farm, ['-C', command]), 1);
    expect(ran.stdout.match(/done/g)).toHaveLength(2);
  });

  test('commands that all fail at once keep their own codes', async () => {
    const ran = await expectExit(run(farm, ['--fail-fast', '-C', 'exit 9']), 1);
    expect(ran.stderr).toMatch(/code 9 \([123] nodes\)/);
  });
});
