/** A rollout that several runs want to go on with: one does. */
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ownController } from '../../../src/core/controller.ts';
import type { Head } from '../../../src/journal/head.ts';
import { checkRolloutFree, claimRollout, findRun } from '../../../src/journal/past.ts';
import { scratchForEach } from '../../scratch.ts';
import { headOf, linesOf, nodeNamed, writeRun } from './pasts.ts';

let top: string;
scratchForEach((made) => {
  top = made;
});

const NODES = ['web1', 'web2'].map((host) => nodeNamed(host));
const OURS = await ownController();
const place = () => join(top, 'runs');
const named = (number: number) => `20261128T090000-0000000${number}`;
const [OLD, NEXT, THIRD] = [named(9), named(1), named(5)] as const;

/** What became of a run: `idle` and `begun` are over. */
type Fate = 'idle' | 'begun' | 'at work' | 'died idle' | 'died begun' | 'torn' | 'of an earlier boot';

function put(run: string, fate: Fate, more: Partial<Head> = {}): void {
  const began = fate === 'begun' || fate === 'died begun';
  const isOver = fate === 'idle' || fate === 'begun' || fate === 'torn';
  const lines = linesOf([
    [0, { type: 'begun' }],
    ...(began ? [[1, { type: 'node-begun', phase: 'exec', node: 'web1' }] as const] : []),
    ...(isOver ? [[2, { type: 'finished', exitCode: 130, outcomes: [] }] as const] : []),
  ]);
  const boot = fate === 'of an earlier boot' ? { controller: { ...OURS, boot: 'before' } } : {};
  const path = writeRun(
    place(),
    headOf(NODES, { run, ...(fate === 'at work' && { controller: OURS }), ...boot, ...more }),
    lines,
  );
  if (fate === 'torn') chmodSync(join(path, 'events.jsonl'), 0o400);
}

const found = (run: string) => findRun(place(), run);
const goesOn = async (run: string, next: string) => claimRollout(await found(run), next);

test('R5: of many runs at once that want to go on with a rollout one does, and the others are told which', async () => {
  put(OLD, 'begun');
  const runs = [1, 2, 3, 4, 5, 6].map(named);
  for (const run of runs) put(run, 'at work', { repeats: OLD });
  const ends = await Promise.allSettled(runs.map((run) => goesOn(OLD, run)));
  const [winner, ...more] = runs.filter((_, at) => ends[at]?.status === 'fulfilled');
  expect(more).toEqual([]);
  for (const end of ends) {
    if (end.status === 'fulfilled') continue;
    expect(end.reason).toMatchObject({ code: 'usage' });
    expect(end.reason.message).toBe(`run ${winner} goes on with run ${OLD} already, and is at work`);
  }
});

test.each<[Fate, RegExp]>([
  ['at work', /^run \S+1 goes on with run \S+9 already, and is at work$/],
  ['begun', /^run \S+1 has gone on with run \S+9 already$/],
  ['died begun', /has gone on/],
  ['torn', /has gone on/],
  ['of an earlier boot', /has gone on/],
])('R5: nobody goes on with a rollout with which a run has gone on that is %s', async (fate, why) => {
  put(OLD, 'begun');
  put(NEXT, fate, { repeats: OLD });
  await goesOn(OLD, NEXT);
  await expect(checkRolloutFree(await found(OLD))).rejects.toThrow(why);
  await expect(goesOn(OLD, THIRD)).rejects.toThrow(why);
});

test.each<Fate>(['idle', 'died idle'])(
  'a run that is %s has not gone on: the next one does, once',
  async (fate) => {
    put(OLD, 'begun');
    put(NEXT, fate, { repeats: OLD });
    await goesOn(OLD, NEXT);
    await checkRolloutFree(await found(OLD));
    put(THIRD, 'begun', { repeats: NEXT });
    // By whichever of both.
    await goesOn(NEXT, THIRD);
    for (const run of [OLD, NEXT]) await expect(checkRolloutFree(await found(run))).rejects.toThrow(THIRD);
    await checkRolloutFree(await found(THIRD));
  },
);

test('R5: a run that was refused since another was faster leads nobody to the same nodes again', async () => {
  put(OLD, 'begun');
  put(NEXT, 'begun', { repeats: OLD });
  await goesOn(OLD, NEXT);
  put(THIRD, 'idle', { repeats: OLD });
  await expect(goesOn(THIRD, named(6))).rejects.toThrow(`run ${NEXT} has gone on with run ${OLD} already`);
});

test.each<[string, (path: string) => void]>([
  ['a run that is gone', (path) => symlinkSync(NEXT, path)],
  ['no run', (path) => symlinkSync('../../etc', path)],
  ['nothing', (path) => mkdirSync(path)],
  ['itself', (path) => symlinkSync(OLD, path)],
])('nobody goes on where the mark of who does names %s', async (_what, spoil) => {
  put(OLD, 'idle');
  spoil(join(place(), OLD, 'next'));
  await expect(checkRolloutFree(await found(OLD))).rejects.toMatchObject({ code: 'usage' });
});

test('a run whose own beginning is removed meanwhile counts by itself, and none is sought for ever', async () => {
  put(OLD, 'idle', { repeats: NEXT });
  put(NEXT, 'idle', { repeats: OLD });
  await checkRolloutFree(await found(OLD));
  rmSync(join(place(), NEXT), { recursive: true });
  await checkRolloutFree(await found(OLD));
});
