/** Sections 6.1 to 6.3: commands that talk while they run. What a command line becomes on a node is in test/unit/node. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../../farm/farm.ts';
import { until } from '../../farm/process.ts';
import { expectExit, pidOf, run, startScene, strays, untilAtRest } from '../scene.ts';
import { converse } from '../typist.ts';

let farm: Farm;
let hosts: string[];

beforeAll(async () => {
  farm = await startScene(2);
  hosts = farm.nodes.map(({ host }) => host);
  // Host keys that are new are told once.
  await expectExit(run(farm, ['-C', 'true']), 0);
});
afterAll(() => farm?.stop());

const onEach = (text: string) => hosts.map((host) => `${host} ${text}`);

test('C2, 6.2, 9.5: a command has no terminal, sees the end of its input, and keeps stderr apart', async () => {
  const look = 'for fd in 0 1 2; do [ ! -t $fd ] || echo terminal; done; cat; printf "out\\n"; echo err >&2';
  const ran = await expectExit(run(farm, ['-C', look]), 0);
  expect(ran.stdout.split('\n').sort()).toEqual(['', ...onEach('out')]);
  expect(ran.stderr.split('\n').sort()).toEqual(['', ...onEach('err')]);
});

test('6.3, 6.4: tail -f shows each line as it is written, never a part of one, and Ctrl-C ends the tails on the nodes', async () => {
  const logs = farm.nodes.map((node) => join(node.directory, 'run/x'));
  const say = (at: number, text: string) => appendFileSync(logs[at] as string, text);
  // In memory, where tail is told of a change and need not look for it.
  for (const log of logs) writeFileSync(log, '');
  const ran = run(farm, ['-C', 'tail', '-f', '/run/x']);
  for (const node of farm.nodes) await pidOf(node, /^tail -f/);
  for (let number = 1; number <= 6; number++) {
    const at = number % 2;
    say(at, `line ${number}\n`);
    await ran.waitForOutput(new RegExp(`^${hosts[at]} line ${number}$`, 'm'));
  }
  say(0, 'begun');
  say(1, 'between\n');
  await ran.waitForOutput(/ between$/m);
  say(0, ' and ended\n');
  await ran.waitForOutput(/ ended$/m);
  ran.kill('SIGINT');
  await expectExit(ran, 130);
  expect(ran.stdout.split('\n')).toEqual([
    ...[1, 2, 3, 4, 5, 6].map((number) => `${hosts[number % 2]} line ${number}`),
    `${hosts[1]} between`,
    `${hosts[0]} begun and ended`,
    '',
  ]);
  await untilAtRest(farm.nodes);
});

describe('-i /dev/stdin -C bash -s', () => {
  test('6.2: runs each line on all nodes as soon as it comes, in shells that live on', async () => {
    const ran = run(farm, ['-i', '/dev/stdin', '-C', 'bash', '-s']);
    const shown = async (text: string) => {
      for (const line of onEach(text)) await ran.waitForOutput(new RegExp(`^${line}$`, 'm'));
    };
    ran.write('echo one\n');
    await shown('one');
    ran.write('cd /tmp; word=kept\n');
    ran.write('echo $PWD $word\n');
    await shown('/tmp kept');
    ran.write('false\necho $?\n');
    await shown('1');
    expect(ran.stdout.split('\n')).toHaveLength(7);
    ran.endInput();
    await expectExit(ran, 0);
  });

  test('6.2, 7.5: from a terminal, where no bar is drawn over what is typed; Ctrl-D ends it', async () => {
    const both = (text: string) =>
      `${hosts[0]} ${text}.*${hosts[1]} ${text}|${hosts[1]} ${text}.*${hosts[0]} ${text}`;
    const targets = hosts.flatMap((host) => ['-o', `root@${host}`]);
    const { code, screen } = await converse(farm, [...targets, '-i', '/dev/stdin', '-C', 'bash', '-s'], {
      turns: [
        ['', 'echo first $((1 + 1))\r'],
        [both('first 2'), 'echo second $((2 + 2))\r'],
        [both('second 4'), '\x04'],
      ],
    });
    expect(screen).not.toMatch(/[█░]/);
    expect(code, screen).toBe(0);
  });

  test('Ctrl-C ends the shells, and what they run', async () => {
    const ran = run(farm, ['-i', '/dev/stdin', '-C', 'bash', '-s']);
    ran.write('sleep 300\n');
    await until('it runs', () => farm.nodes.every((node) => strays(node).includes('sleep 300')));
    ran.kill('SIGINT');
    await expectExit(ran, 130);
    await untilAtRest(farm.nodes);
  });
});

test('6.2, 9.1: a node that does not read its input holds up no other', async () => {
  writeFileSync(join(farm.home, 'large'), Buffer.alloc(40_000_000, 'x'));
  const command = '[ "$(hostname)" != node-1 ] || sleep 300; wc -c';
  const ran = run(farm, ['-i', 'large', '-C', command]);
  await ran.waitForOutput(new RegExp(`^${hosts[1]} 40000000$`, 'm'));
  expect(strays(farm.nodes[0] as Farm['nodes'][0])).toContain('sleep 300');
  ran.kill('SIGINT');
  await expectExit(ran, 130);
});
