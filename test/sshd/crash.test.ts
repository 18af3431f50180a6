import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { Lockstep } from '../farm/lockstep.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import {
  expectExit,
  expectNothingLeft,
  listings,
  pidOf,
  replaceProgram,
  run,
  startScene,
  strays,
  untilAtRest,
  untilFree,
} from './scene.ts';

const UPLOAD = ['--kill-grace', '1s', '-U', '-e', '-r', '/srv/app'];
const BIG_BYTES = 64 << 20;
/** A tar that stops before it reads anything, and so holds its node's part of the barrier. */
const STOPPING_TAR = '#!/bin/sh\ncase $1 in -x) kill -STOP $$ ;; esac\nexec /usr/bin/tar.real "$@"\n';

let farm: Farm;
const freeMs: number[] = [];

beforeAll(async () => {
  farm = await startScene(5);
  const old = 'mkdir -p /srv/app/conf; cd /srv/app; echo old | tee conf/a >kept; touch -d @1.5 conf .';
  for (const node of farm.nodes) await node.run(old);
  mkdirSync(join(farm.home, 'conf'));
  for (const name of ['conf/a', 'conf/b', 'input']) writeFileSync(join(farm.home, name), 'new');
  writeFileSync(join(farm.home, 'big'), Buffer.alloc(BIG_BYTES, 'x'));
});
afterAll(async () => {
  await farm?.stop();
  freeMs.sort((one, other) => one - other);
  const [median, slowest] = [freeMs[freeMs.length >> 1], freeMs.at(-1)].map((ms) => ms?.toFixed());
  console.log(`locks free after kill -9: p50 ${median} ms, max ${slowest} ms, n ${freeMs.length}`);
});

const allSleep = () =>
  until('the command runs everywhere', () => farm.nodes.every((node) => strays(node).includes('sleep 300')));

describe('kill -9 of the controller', () => {
  test.each<[string, string[], (ran: Lockstep) => Promise<unknown>]>([
    ['while it only holds the lock', ['-L'], (ran) => ran.waitForOutput(/waiting for interrupt/)],
    ['while a command runs', ['-C', 'sleep 300'], allSleep],
    ['while a command with stdin runs', ['-i', 'input', '-C', 'cat; sleep 300'], allSleep],
    ['while sync tools run', ['-S', '--no-upload', '-n', 'sleep 300'], allSleep],
  ])('%s frees every lock and ends every worker (L3, L6)', async (_phase, args, isReached) => {
    const ran = run(farm, args);
    await isReached(ran);
    ran.kill('SIGKILL');
    freeMs.push(...(await untilFree(farm.nodes)));
    await untilAtRest(farm.nodes);
    await expectExit(run(farm, ['-C', 'true']), 0);
  });

  test('during the upload changes no destination and leaves no stage (F1, F13, L3)', async () => {
    const before = await listings(farm.nodes, '/srv');
    const ran = run(farm, [...UPLOAD, 'big']);
    const received = (node: FarmNode) => receivedBytes(node, 'big');
    await until('bytes arrive everywhere', () => farm.nodes.every((node) => received(node) > 0), {
      pauseMs: 1,
    });
    ran.kill('SIGKILL');
    expect(farm.nodes.some((node) => received(node) < BIG_BYTES)).toBe(true);
    freeMs.push(...(await untilFree(farm.nodes)));
    await expectUntouched(before);
  });

  test('when all nodes but one have the files changes none of them, and a stopped tar is ended (F1, F13, L6)', async () => {
    const last = farm.nodes[4] as FarmNode;
    const others = farm.nodes.slice(0, 4);
    const giveBack = await replaceProgram(last, '/usr/bin/tar', STOPPING_TAR);
    const before = await listings(farm.nodes, '/srv');
    const ran = run(farm, [...UPLOAD, 'conf']);
    await pidOf(last, /tar -x/);
    await until('the others have their files', () =>
      others.every((node) => strays(node).every(isNoReceiver)),
    );
    ran.kill('SIGKILL');
    freeMs.push(...(await untilFree(others)));
    await untilFree([last]);
    await expectUntouched(before);
    await giveBack();
  });
});

const isNoReceiver = (line: string) => !/ receive /.test(line);

function receivedBytes(node: FarmNode, name: string): number {
  const stages = strays(node).flatMap((line) => /lockstep-hand (\S+) r /.exec(line)?.[1] ?? []);
  const path = `${node.directory}/srv/app/.lockstep-${stages[0]}/tree/${name}`;
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

async function expectUntouched(before: readonly string[]): Promise<void> {
  await untilAtRest(farm.nodes);
  expect(await listings(farm.nodes, '/srv')).toEqual(before);
  await expectNothingLeft(farm.nodes);
  const next = await expectExit(run(farm, ['-C', 'true']), 0);
  expect(next.stderr).toBe('');
}
