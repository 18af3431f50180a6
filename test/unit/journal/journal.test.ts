import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ControlEvent, Stamped } from '../../../src/core/events.ts';
import { JOURNAL_LIMITS } from '../../../src/core/limits/journal.ts';
import { Journal, type JournalSettings } from '../../../src/journal/journal.ts';
import { KeptOutput } from '../../../src/journal/kept-output.ts';
import { findRun, openJournal, readRun } from '../../../src/journal/past.ts';
import { eventObject } from '../../../src/output/event-lines.ts';
import { NodeFiles } from '../../../src/output/node-files.ts';
import { otherLimits } from '../../other-limits.ts';
import { scratchForEach } from '../../scratch.ts';
import { BEGAN_MS, nodeNamed, RUN } from './pasts.ts';

// As many as are promised take seconds to be made and written, which a busy disk is not given.
otherLimits(JOURNAL_LIMITS, { eventBytesMax: 1024 * 1024 });

let top: string;
scratchForEach((made) => {
  top = made;
});

const NODES = ['web1', 'web2'].map((host) => nodeNamed(host));
const place = () => join(top, 'lockstep/runs');

interface Written {
  readonly told: string[];
  readonly journal: Journal;
  hear(...events: readonly ControlEvent[]): void;
}

function startJournal(settings: Partial<JournalSettings> = {}): Written {
  const told: string[] = [];
  const journal = new Journal({
    environment: { XDG_STATE_HOME: top },
    directory: '/here',
    command: '-C true',
    request: { version: 1, work: { mode: 'command', text: 'true' } },
    objectOf: eventObject,
    tell: (level, message) => void told.push(`${level}: ${message}`),
    ...settings,
  });
  const hear = (...events: readonly ControlEvent[]) => {
    for (const event of events) journal.tell({ ...event, at: BEGAN_MS, run: RUN } as Stamped<ControlEvent>);
  };
  return { told, journal, hear };
}

const BEGIN: readonly ControlEvent[] = [
  { type: 'nodes', nodes: NODES },
  { type: 'begun', run: RUN, who: 'ann@desk' },
  { type: 'phase', phase: 'exec', nodes: 2 },
];
const OUTCOMES = NODES.map((node) => ({ node, outcome: { kind: 'ok' } as const }));
const END: readonly ControlEvent[] = [
  ...OUTCOMES.map((outcome) => ({ type: 'outcome' as const, ...outcome })),
  { type: 'finished', exitCode: 0, outcomes: OUTCOMES },
];

describe('the journal of a run', () => {
  test('J1: has its request, nodes and events, for this account alone, and is read back', async () => {
    const { journal, hear, told } = startJournal();
    hear(...BEGIN, { type: 'bytes', sent: 1, node: NODES[0] as never, ofNode: 1 }, ...END);
    await journal.close();
    expect(told).toEqual([]);
    const path = join(place(), RUN);
    expect(readdirSync(path).sort()).toEqual(['events.jsonl', 'request.json']);
    expect(lstatSync(path).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(path)) expect(lstatSync(join(path, name)).mode & 0o777).toBe(0o600);
    const types = readFileSync(join(path, 'events.jsonl'), 'utf8').trim().split('\n');
    expect(types.map((line) => JSON.parse(line).type)).toEqual([
      'begun',
      'phase',
      'outcome',
      'outcome',
      'finished',
    ]);
    const found = await findRun(await openJournal({ XDG_STATE_HOME: top }), 'last');
    expect(found.head).toMatchObject({ run: RUN, who: 'ann@desk', directory: '/here', nodes: NODES });
    expect(await readRun(found)).toMatchObject({ state: 'over', exitCode: 0 });
  });

  test('is not begun by a run that has no name', async () => {
    const { journal, hear } = startJournal();
    hear({ type: 'nodes', nodes: NODES }, { type: 'finished', exitCode: 64, outcomes: [] });
    await journal.close();
    expect(readdirSync(top)).toEqual([]);
  });

  test.each<[string, RegExp, () => void]>([
    ['a link in its place', /is a link/, () => symlinkSync('/tmp', join(top, 'lockstep'))],
    ['a file in its place', /is no directory/, () => writeFileSync(join(top, 'lockstep'), '')],
    [
      'a run of that name',
      /file already exists/,
      () => mkdirSync(join(place(), RUN), { recursive: true, mode: 0o700 }),
    ],
    ['no way to make it', /no such file|not permitted|denied/, () => {}],
  ])('costs one warning, and the run nothing, where there is %s', async (what, why, put) => {
    put();
    const environment = { XDG_STATE_HOME: what === 'no way to make it' ? '/proc/self/nothing' : top };
    const { journal, hear, told } = startJournal({ environment });
    hear(...BEGIN, ...END);
    await journal.close();
    hear(...END);
    await journal.close();
    expect(told).toEqual([
      expect.stringMatching(new RegExp(`^warn: the journal of this run is not whole: .*(?:${why.source})`)),
    ]);
  });

  test('is missing without a warning for an account without a home', async () => {
    const home = process.env.HOME;
    process.env.HOME = join(top, 'nowhere');
    const { journal, hear, told } = startJournal({ environment: {} });
    try {
      hear(...BEGIN, ...END);
      await journal.close();
    } finally {
      process.env.HOME = home;
    }
    expect(told).toEqual([expect.stringMatching(/^debug: /)]);
  });

  test('has its end where what commands print could not be kept, and is not taken for one that died', async () => {
    const output = () => {};
    const close = async () => new Error('no space left');
    const { journal, hear, told } = startJournal({ outputFiles: () => ({ output, close }) });
    hear(...BEGIN, ...END);
    await journal.close();
    expect(told).toEqual([expect.stringMatching(/^warn: .*no space left/)]);
    expect(await readRun(await findRun(place(), RUN))).toMatchObject({ state: 'over', exitCode: 0 });
  });

  test('J4: has its end where its events are too many', async () => {
    const { journal, hear, told } = startJournal();
    const message = 'x'.repeat(JOURNAL_LIMITS.eventBytesMax);
    hear(...BEGIN, { type: 'log', level: 'info', message }, ...END);
    await journal.close();
    expect(told).toEqual(['warn: the journal of this run is not whole: its events are too many']);
    const past = await readRun(await findRun(place(), RUN));
    expect(past).toMatchObject({ state: 'over', exitCode: 0 });
    expect(past.nodes.map(({ kind }) => kind)).toEqual(['ok', 'ok']);
  });

  test('is whole, whatever becomes of the removal of old runs', async () => {
    const { journal, hear, told } = startJournal();
    const message = 'x'.repeat(JOURNAL_LIMITS.smallRunBytes);
    hear(...BEGIN, { type: 'log', level: 'info', message });
    while (!existsSync(join(place(), RUN, 'events.jsonl'))) await new Promise(setImmediate);
    rmSync(place(), { recursive: true });
    hear(...END);
    await journal.close();
    expect(told).toEqual([]);
  });

  test('keeps what commands print up to a bound, and tells what it left out', async () => {
    const { journal, hear } = startJournal({ outputFiles: (path) => new NodeFiles(path, 0o600) });
    const [web1, web2] = NODES as [(typeof NODES)[0], (typeof NODES)[0]];
    const output = (node: typeof web1, stream: 'stdout' | 'stderr', chunk: Buffer) =>
      journal.output({ type: 'output', node, stream, chunk, at: BEGAN_MS, run: RUN });
    hear(...BEGIN);
    output(web1, 'stdout', Buffer.from('one\n'));
    output(web2, 'stderr', Buffer.alloc(JOURNAL_LIMITS.outputFileBytesMax - 1, 'x'));
    output(web2, 'stderr', Buffer.from('yz'));
    hear(...END);
    await journal.close();
    const path = join(place(), RUN);
    expect(readFileSync(join(path, 'root@web1:22.out'), 'utf8')).toBe('one\n');
    const kept = readFileSync(join(path, 'root@web2:22.err'), 'utf8');
    expect(kept.length).toBe(JOURNAL_LIMITS.outputFileBytesMax);
    expect(kept.endsWith('xy')).toBe(true);
    const small = new KeptOutput();
    small.take({ type: 'output', node: web1, stream: 'stdout', chunk: Buffer.from('1') });
    expect(small.bytes).toBeGreaterThan(JOURNAL_LIMITS.blockBytes);
    for (const name of readdirSync(path)) expect(lstatSync(join(path, name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(path, 'events.jsonl'), 'utf8')).toContain('1 bytes are missing');
  });

  test('keeps what the commands of jobs print on one site so that none goes on in the line of another', async () => {
    const { journal, hear } = startJournal({ outputFiles: (path) => new NodeFiles(path, 0o600) });
    const [node] = NODES as [(typeof NODES)[0]];
    const output = { type: 'output', node, stream: 'stdout', at: BEGAN_MS, run: RUN } as const;
    hear(...BEGIN);
    journal.output({ ...output, chunk: Buffer.from('no end'), endsLine: true });
    journal.output({ ...output, chunk: Buffer.from('next\n') });
    hear(...END);
    await journal.close();
    expect(readFileSync(join(place(), RUN, 'root@web1:22.out'), 'utf8')).toBe('no end\nnext\n');
  });
});
