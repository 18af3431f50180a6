/** A command's session is ended whole: background jobs in groups of their own, as those of `set -m`, and what holds its output. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { Lockstep } from '../farm/lockstep.ts';
import type { FarmNode } from '../farm/node.ts';
import { expectExit, run, startScene, strays, untilAtRest, untilFree } from './scene.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startScene(6);
  writeFileSync(join(farm.home, 'input'), 'some input');
});
afterAll(() => farm?.stop());
afterEach(() => untilAtRest(farm.nodes));

const TIMING = ['--kill-grace', '1s'];
const PROGRAM = [process.execPath, join(import.meta.dirname, '../../bin/lockstep.js')];

/** Each way to run a command, by what it is given; each has a node of its own. */
const WAYS: Readonly<Record<string, (command: string) => readonly string[]>> = {
  '-C': (command) => ['-C', command],
  '-i': (command) => ['-i', 'input', '-C', command],
  '-m': (command) => ['-S', '--no-upload', '-m', '-n', command],
  '-S': (command) => ['-S', '--no-upload', '-n', `{ ${command}; } >&2`],
  'a step': (command) => ['-L', '--', ...PROGRAM, ...TIMING, '-C', command],
  'a step with -i': (command) => ['-L', '--', ...PROGRAM, ...TIMING, '-i', 'input', '-C', command],
};

const COMMANDS = {
  'jobs in groups of their own': 'set -m; sleep 331 & sleep 332 & echo begun; wait',
  'jobs in groups of their own that ignore TERM':
    'set -m; (trap "" TERM; while :; do sleep 1; done) & (trap "" TERM; exec sleep 333) & echo begun; wait',
  'a job that outlives the shell of its command, and holds its output':
    'set -m; (trap "" TERM; exec sleep 334) & echo begun; exit 0',
};

/** How a run is ended, and what it then exits with. */
const ENDS: Readonly<Record<string, (ran: Lockstep) => Promise<unknown>>> = {
  // An interrupt would be left to the program of a session, which at a terminal gets it as well.
  TERM: async (ran) => {
    ran.kill('SIGTERM');
    await expectExit(ran, 143);
  },
  'a controller that is killed': async (ran) => {
    ran.kill('SIGKILL');
  },
};

test.each(
  Object.entries(COMMANDS).flatMap(([what, command]) =>
    Object.entries(ENDS).map(([end, endRun]) => ({ what, command, end, endRun })),
  ),
)('L6: $end ends $what, before the lock is free, however it was begun', async ({ command, endRun }) => {
  const each = Object.values(WAYS).map(async (words, at) => {
    const node = farm.nodes[at] as FarmNode;
    const ran = run(farm, [...TIMING, ...words(command)], { nodes: [node] });
    await ran.waitForOutput(/begun/);
    await endRun(ran);
    await untilFree([node]);
    return strays(node).filter((line) => /^sleep 33/.test(line));
  });
  expect(await Promise.all(each)).toEqual(each.map(() => []));
});

/** The command has ended well; what it left has its output. */
const HELD = 'sleep 335 & echo begun';
/** A sync tool has no time limit of its own. */
const LIMITED = Object.entries(WAYS).filter(([way]) => way !== '-S');

test('--timeout ends what a command has left with its output, however it was begun and however late', async () => {
  const each = LIMITED.map(async ([way, words], at) => {
    const node = farm.nodes[at] as FarmNode;
    const call = words(HELD);
    const limited = call.flatMap((word) =>
      word === '-C' || word === '-m' ? ['--timeout', '17s', word] : [word],
    );
    const { code } = await run(farm, [...TIMING, ...limited], { nodes: [node] }).exited;
    return [way, code, strays(node).filter((line) => /^sleep 335/.test(line))];
  });
  expect(await Promise.all(each)).toEqual(LIMITED.map(([way]) => [way, 124, []]));
});

test('L15: Ctrl-C ends what a command has left with its output, on every node and however it was begun', async () => {
  const ways = Object.entries(WAYS).filter(([way]) => !way.startsWith('a step'));
  const each = ways.map(async ([way, words], at) => {
    const nodes = farm.nodes.slice(at, at + 1);
    const ran = run(farm, [...TIMING, ...words(HELD)], { nodes });
    await ran.waitForOutput(/begun/);
    ran.kill('SIGINT');
    const { code } = await ran.exited;
    return [way, code, nodes.flatMap(strays).filter((line) => /^sleep 335/.test(line))];
  });
  expect(await Promise.all(each)).toEqual(ways.map(([way]) => [way, 130, []]));
});
