/** What of a journal outlives a kill of its run, and what is read from that. */
import { chmodSync, existsSync, lstatSync, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { ControlEvent, Stamped } from '../../../src/core/events.ts';
import { JOURNAL_LIMITS } from '../../../src/core/limits/journal.ts';
import { Journal } from '../../../src/journal/journal.ts';
import { findRun, readRun } from '../../../src/journal/past.ts';
import { eventObject } from '../../../src/output/event-lines.ts';
import { scratchForEach } from '../../scratch.ts';
import { BEGAN_MS, GONE, headOf, linesOf, nodeNamed, RUN, writeRun } from './pasts.ts';

let top: string;
scratchForEach((made) => {
  top = made;
});

const NODES = ['web1', 'web2', 'web3'].map((host) => nodeNamed(host));
const [web1, web2] = NODES as [(typeof NODES)[0], (typeof NODES)[0]];
const place = () => join(top, 'lockstep/runs');
const events = () => join(place(), RUN, 'events.jsonl');

function startJournal() {
  const told: string[] = [];
  const journal = new Journal({
    environment: { XDG_STATE_HOME: top },
    directory: '/here',
    command: '-C true',
    request: { version: 1, work: { mode: 'command', text: 'true' } },
    objectOf: (event) => {
      if (event.type === 'log') throw new Error('no space left');
      return eventObject(event);
    },
    tell: (_level, message) => void told.push(message),
  });
  const hear = (...heard: readonly ControlEvent[]) => {
    for (const event of heard) journal.tell({ ...event, at: BEGAN_MS, run: RUN } as Stamped<ControlEvent>);
  };
  hear({ type: 'nodes', nodes: NODES }, { type: 'begun', run: RUN, who: 'ann@desk' });
  return { journal, hear, told };
}

const begins = (node: (typeof NODES)[0]): ControlEvent => ({ type: 'node-begun', phase: 'exec', node });

test('what is kept is in the file then, whoever else writes meanwhile', async () => {
  const { journal, hear } = startJournal();
  const waits = NODES.map(async (node) => {
    hear(begins(node));
    await journal.kept();
    expect(readFileSync(events(), 'utf8')).toContain(`"node":"${node.id}"`);
  });
  await Promise.all(waits);
  hear(begins(web1));
  await journal.kept();
  expect(readFileSync(events(), 'utf8').match(/node-begun/g)).toHaveLength(4);
  await journal.close();
});

test('a journal is on the disk while the run goes on, without anybody waiting, and says of whom it is', async () => {
  const { journal, hear } = startJournal();
  hear({ type: 'phase', phase: 'exec', nodes: 3 });
  while (!existsSync(events()) || !readFileSync(events(), 'utf8').includes('exec'))
    await new Promise(setImmediate);
  expect(await readRun(await findRun(place(), RUN))).toMatchObject({ state: 'running' });
  await journal.close();
});

test('a journal that has broken holds nobody, and is marked', async () => {
  const { journal, hear, told } = startJournal();
  await journal.kept();
  hear({ type: 'log', level: 'info', message: 'more than the disk takes' }, begins(web1));
  await journal.kept();
  await journal.kept();
  expect(told).toHaveLength(1);
  await expect.poll(() => lstatSync(events()).mode & 0o777).toBe(0o400);
  await journal.close();
});

test('R5: while the disk does not answer no node begins, which is told once, and when it answers all go on', async () => {
  const { journal, hear, told } = startJournal();
  await journal.kept();
  const { keptMs } = JOURNAL_LIMITS;
  const answer = await hangDisk();
  Object.assign(JOURNAL_LIMITS, { keptMs: 20 });
  const kept: string[] = [];
  const waits = [web1, web2].map((node) => {
    hear(begins(node));
    return journal.kept().then(() => kept.push(node.host));
  });
  await expect.poll(() => told).toEqual([expect.stringMatching(/^the disk .*until it does no more/)]);
  Object.assign(JOURNAL_LIMITS, { keptMs });
  expect(kept).toEqual([]);
  answer();
  await Promise.all(waits);
  expect(told.slice(1)).toEqual(['the disk of the journal answers again']);
  expect(lstatSync(events()).mode & 0o777).toBe(0o600);
  expect(readFileSync(events(), 'utf8').match(/node-begun/g)).toHaveLength(2);
  await journal.close();
});

/** What is appended then waits for the call of what this resolves with. */
async function hangDisk(): Promise<() => void> {
  const file = await open('/dev/null');
  const handles = Object.getPrototypeOf(file) as FileHandle;
  await file.close();
  const { appendFile } = handles;
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const hung = vi.spyOn(handles, 'appendFile').mockImplementation(async function (
    this: FileHandle,
    ...given
  ) {
    await answered;
    await appendFile.apply(this, given);
  });
  return () => {
    hung.mockRestore();
    answer();
  };
}

describe('of a run that was killed', () => {
  const lines = linesOf([
    [0, { type: 'begun', who: 'ann@desk' }],
    [1, { type: 'phase', phase: 'exec', nodes: 3 }],
    [2, { type: 'node-begun', phase: 'exec', node: web1.id }],
    [3, { type: 'outcome', node: web1.id, kind: 'exit', code: 3 }],
    [4, { type: 'node-begun', phase: 'exec', node: web2.id }],
    [5, { type: 'outcome', node: web2.id, kind: 'exit', code: 3 }],
    [6, { type: 'node-begun', phase: 'exec', node: web1.id }],
  ]);
  const kinds = async () => (await readRun(await findRun(place(), RUN))).nodes.map(({ kind }) => kind);

  test('a node without a turn has never begun, and one that was tried again is lost', async () => {
    writeRun(place(), headOf(NODES, { controller: GONE, hasTurns: true }), lines);
    expect(await kinds()).toEqual(['lost', 'exit', 'skipped']);
    const past = await readRun(await findRun(place(), RUN));
    expect(past.nodes[2]).toMatchObject({ detail: 'its turn had not come when the run died', spans: [] });
    // In a journal that lacks events it may have begun.
    chmodSync(events(), 0o400);
    expect(await kinds()).toEqual(['lost', 'exit', 'lost']);
  });

  test('a node that waited for another try has ended as its last one did', async () => {
    const tried = linesOf([
      [1, { type: 'node-begun', phase: 'exec', node: web1.id }],
      [3, { type: 'node-retries', node: web1.id, outcome: { kind: 'exit', code: 3 } }],
    ]);
    writeRun(place(), headOf(NODES, { controller: GONE, hasTurns: true }), tried);
    expect(await kinds()).toEqual(['exit', 'skipped', 'skipped']);
    const [{ detail, spans } = { detail: '', spans: [] }] = (await readRun(await findRun(place(), RUN)))
      .nodes;
    expect([detail, spans]).toEqual(['3', [{ phase: 'exec', fromMs: BEGAN_MS + 1, toMs: BEGAN_MS + 3 }]]);
  });

  test('R5: nodes of a rollout have never begun where it was killed before the first turn', async () => {
    const before = linesOf([
      [0, { type: 'begun', who: 'ann@desk' }],
      [1, { type: 'phase', phase: 'connect', nodes: 3 }],
    ]);
    writeRun(place(), headOf(NODES, { controller: GONE, hasTurns: true }), before);
    expect(await kinds()).toEqual(['skipped', 'skipped', 'skipped']);
  });

  test('R5: nodes without a turn are lost where the machine has booted since: the last lines may not have come to the disk', async () => {
    writeRun(place(), headOf(NODES, { controller: { ...GONE, boot: 'earlier' }, hasTurns: true }), lines);
    expect(await kinds()).toEqual(['lost', 'exit', 'lost']);
  });

  test('nodes are lost where they had no turns, or nothing is written', async () => {
    writeRun(place(), headOf(NODES, { controller: GONE }), lines);
    expect(await kinds()).toEqual(['lost', 'exit', 'lost']);
    rmSync(events());
    expect(await kinds()).toEqual(['lost', 'lost', 'lost']);
  });
});
