/** A rollout without a lock whose node is lost at work: nobody takes its place while its command may still run. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { type Links, layCables } from '../farm/links.ts';
import { commandLine, type FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import { expectExit, pidsOf, run, startScene, untilAtRest } from './scene.ts';

const TIMES = ['--heartbeat', '1s', '--lease', '4s', '--kill-grace', '1s'];

let farm: Farm;
let cable: Links;

beforeAll(async () => {
  farm = await startScene(2, ['ClientAliveInterval 0']);
  cable = await layCables(farm, farm.nodes.slice(0, 1));
});
afterAll(() => farm?.stop());
afterEach(async () => {
  await cable.set('up');
  await untilAtRest(farm.nodes);
});

const WAYS: readonly [string, (node: FarmNode) => unknown][] = [
  ['its link is cut', () => cable.set('down')],
  [
    'the server process of its connection is killed',
    (node) => {
      for (const pid of pidsOf(node, /^sshd\S*: root/)) process.kill(pid, 'SIGKILL');
    },
  ],
];

test.each(WAYS)(
  'R1: %s: the next node begins when the command has ended there, which ignores TERM',
  async (_how, lose) => {
    const [first, second] = farm.nodes as [FarmNode, FarmNode];
    const targets = ['-o', `root@${cable.places[0]?.host}`, '-o', `root@${second.host}`];
    const command = `[ "$(hostname)" = ${second.name} ] && exec sleep 302; trap "" TERM; while :; do sleep 301; done`;
    const ran = run(farm, [...targets, '-y', ...TIMES, '--batch', '1', '-C', command], { nodes: [] });
    await until('the first node is at work', () => pidsOf(first, /^sleep 301/).length > 0);
    await lose(first);
    await until('the second node is at work', () => pidsOf(second, /^sleep 302/).length > 0);
    expect(pidsOf(first, /sleep 301/).map((pid) => commandLine(pid))).toEqual([]);
    expect(ran.stderr).toMatch(/its command may still run, .* it keeps its places for 10 s/);
    await second.run('pkill -x sleep');
    await expectExit(ran, 1);
    expect(ran.stderr).toContain('lost');
  },
);
