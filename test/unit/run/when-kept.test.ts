/** A node of a rollout begins when it is written that it does, so that a killed run has no node at work of which nobody knows. */
import { expect, test } from 'vitest';
import type { ChannelResult } from '../../../src/core/outcome.ts';
import { CommandRun } from '../../../src/run/command/run-commands.ts';
import { whenKept } from '../../../src/run/rollout/when-kept.ts';
import { nodeAt, runFor } from './fixtures.ts';
import { command, Fleet, kinds } from './simulated.ts';

const settle = () => new Promise(setImmediate);

/** A node whose start is not written before that is said here. */
function waiting() {
  const node = nodeAt('a');
  let write: () => void = () => {};
  const written = new Promise<void>((resolve) => {
    write = resolve;
  });
  let started = 0;
  let ended = 0;
  let finish: (result: ChannelResult) => void = () => {};
  const start = () => {
    started += 1;
    return {
      result: new Promise<ChannelResult>((resolve) => {
        finish = resolve;
      }),
      end: () => {
        ended += 1;
        finish({ kind: 'signal', signal: 'TERM' });
      },
    };
  };
  return {
    site: whenKept({ node, start }, () => written),
    counts: () => [started, ended],
    write: async () => {
      write();
      await settle();
    },
    finish: (code: number) => finish({ kind: 'code', code }),
  };
}

test('starts when it is written, and ends as it does', async () => {
  const { site, counts, write, finish } = waiting();
  const { begun, result } = site.start();
  await settle();
  expect(counts()).toEqual([0, 0]);
  await write();
  expect(counts()).toEqual([1, 0]);
  await begun;
  finish(3);
  expect(await result).toEqual({ kind: 'code', code: 3 });
});

test('never starts where it was ended before that, and is ended where that comes later', async () => {
  const early = waiting();
  const started = early.site.start();
  started.end();
  await early.write();
  expect(await started.result).toEqual({ kind: 'signal', signal: 'TERM' });
  expect(early.counts()).toEqual([0, 0]);
  const late = waiting();
  const command = late.site.start();
  await late.write();
  command.end();
  await command.result;
  expect(late.counts()).toEqual([1, 1]);
});

test('a start that fails then fails the run', async () => {
  const lost = new Error('the lease is unproven');
  const node = nodeAt('a');
  const start = () => {
    throw lost;
  };
  const run = runFor({}, [node]);
  const site = whenKept({ node, start }, async () => {});
  const commands = new CommandRun([site], { ...run, limits: { isFailFast: false }, killGraceMs: 1 });
  await expect(commands.finished).rejects.toBe(lost);
});

test('a rollout waits for its journal before each node, and any other run never does', async () => {
  const waits: string[][] = [];
  const fleet = new Fleet();
  const kept = async () => void waits.push([...fleet.begun]);
  expect(kinds(await fleet.run(command('simulate:work,ms=10'), { kept }))).toBe('ok ok ok');
  expect(waits).toEqual([]);
  fleet.begun.splice(0);
  const ending = await fleet.run({ ...command('simulate:work,ms=10'), rollout: { batch: '1' } }, { kept });
  expect(kinds(ending)).toBe('ok ok ok');
  expect(waits).toEqual([[], ['a'], ['a', 'b']]);
});
