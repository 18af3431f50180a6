/** Work on nodes that ends with the run, and work that fails on several nodes before anything has changed. */
import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { ChannelResult } from '../../../src/core/outcome.ts';
import { ChannelsAhead } from '../../../src/run/channels-ahead.ts';
import { endingOf } from '../../../src/run/ending.ts';
import type { HeldRun, Site } from '../../../src/run/held-run.ts';
import { lookFirst } from '../../../src/run/look/look.ts';
import { listReleases } from '../../../src/run/release/list.ts';
import { requestSchema, type WorkOf } from '../../../src/run/request/request.ts';
import { surveyNodes } from '../../../src/run/sync/survey.ts';
import { upload } from '../../../src/run/upload/upload.ts';
import type { Collection } from '../../../src/transfer/entry.ts';
import { currentAt } from '../../../src/transfer/release.ts';
import { nodeAt, runFor } from './fixtures.ts';

const PLACE = { path: '/srv', keepsDirectories: false };
const FILES: Collection = currentAt('r', { uid: 0, gid: 0, mtimeNs: 0n });

function asked<M extends 'upload' | 'sync'>(mode: M, more: object = {}): WorkOf<M> {
  const work = { mode, files: ['/a'], directory: '/srv', ...more };
  return requestSchema.parse({ version: 1, work }).work as WorkOf<M>;
}

/** Two nodes that take each text and say nothing, until `end` ends all work on them. */
function silentNodes() {
  const nodes = [nodeAt('a'), nodeAt('b')];
  const run = runFor({}, nodes);
  const over = new AbortController();
  const ends: ((result: ChannelResult) => void)[] = [];
  const exec = async () => {
    const result = new Promise<ChannelResult>((resolve) => void ends.push(resolve));
    return { result, write: async () => {}, end() {}, close() {} };
  };
  const settings = { record: { run: 'r', lockPath: '/' }, token: '0123456789abcdef', killGraceMs: 1 };
  const keeper = { identity: '7:7', settings, endLost() {}, announceRunDirectory() {} };
  const sites = nodes.map((node) => ({ node, connection: { node, exec }, keeper }) as unknown as Site);
  const held = {
    signal: over.signal,
    check: () => over.signal.throwIfAborted(),
    keepMade() {},
    beginCommit() {},
  };
  const identity = { run: 'r', token: settings.token, who: 'me', since: '2026-01-01T00:00:00Z' };
  const work = { ...run, identity, sites, held, ahead: new ChannelsAhead(undefined) } as unknown as HeldRun;
  const end = async (result: ChannelResult) => {
    while (ends.length < nodes.length) await turn();
    for (const settle of ends) settle(result);
    for (let turns = 0; turns < 20; turns++) await turn();
  };
  return { work, ear: run.ear, over, end };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe.each<[string, (work: HeldRun) => Promise<unknown>]>([
  ['a look', (work) => lookFirst(work, FILES, asked('upload', { look: 'dry-run' }), PLACE)],
  ['--releases', (work) => listReleases(work, '/srv')],
  ['a sync, before it sends', (work) => surveyNodes(work, asked('sync'), 'root')],
  ['an upload', (work) => upload(work, FILES, asked('upload', { sendsAll: true }), () => '/srv')],
])('%s', (_what, begin) => {
  test('that ends with the run is no refusal of its nodes', async () => {
    const { work, over, end } = silentNodes();
    const why = new LockstepError('lock-lost', 'another node has lost its lock');
    const ended = begin(work).catch((thrown: unknown) => thrown);
    await turn();
    over.abort(why);
    await end({ kind: 'signal', signal: 'TERM' });
    expect(await ended).toBe(why);
    expect(work.outcomes.values()).toEqual([]);
  });

  test('names each node on which it fails', async () => {
    const { work, end } = silentNodes();
    const ended = begin(work).catch((thrown: unknown) => thrown);
    await end({ kind: 'code', code: 1 });
    const error = await ended;
    expect(error).toBeInstanceOf(LockstepError);
    const { causes } = error as LockstepError;
    expect(causes.map((cause) => (cause as LockstepError).node?.host)).toEqual(['a', 'b']);
    expect(work.outcomes.values().map(({ kind }) => kind)).toEqual(['refused', 'refused']);
  });
});

test('a node whose work has ended with the run is ended; one of whose end no word has come is lost: it may go on', () => {
  const nodes = [nodeAt('a'), nodeAt('b'), nodeAt('c')] as const;
  const run = runFor({}, nodes);
  run.progress.hasWorkBegun = true;
  const signal = { kind: 'signal', signal: 'TERM' } as const;
  run.outcomes.settle(nodes[2], signal);
  run.stuck.push(...nodes.slice(1));
  const { outcomes } = endingOf(run, new LockstepError('interrupted', 'why'));
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([
    { kind: 'ended', reason: 'its work was ended with the run', follows: true },
    { kind: 'lost', reason: 'no word has come of the end of its work', follows: true },
    signal,
  ]);
});

test('a node on which work could not be ended is lost, and not ended: it goes on there', () => {
  const nodes = [nodeAt('a'), nodeAt('b')] as const;
  const run = runFor({}, nodes);
  run.progress.hasWorkBegun = true;
  run.unended.push(nodes[1]);
  const { outcomes } = endingOf(run, new LockstepError('interrupted', 'why'));
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([
    { kind: 'ended', reason: 'its work was ended with the run', follows: true },
    { kind: 'lost', reason: 'its work could not be ended', follows: true },
  ]);
});

test('F16: a look at which no node can be looked at does not say that nothing is to be done', async () => {
  const { work, ear, end } = silentNodes();
  const ended = lookFirst(work, FILES, asked('upload', { look: 'dry-run' }), PLACE).catch(() => {});
  await end({ kind: 'code', code: 1 });
  await ended;
  expect(ear.logs('info')).toEqual([]);
});
