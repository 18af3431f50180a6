import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LockstepError } from '../../../src/errors.ts';
import type { RunEvent } from '../../../src/events.ts';
import { LIMITS } from '../../../src/limits.ts';
import { advance, drawProgress, formatBytes, type Progress } from '../../../src/output/progress.ts';
import { makeBench, makeNode, says } from './fixtures.ts';

const web1 = makeNode('web1');
const nodes = [web1, makeNode('web2')];
const connecting: RunEvent = { type: 'phase', phase: 'connect', nodes: 2 };
const connected: RunEvent = { type: 'node-done', phase: 'connect', node: web1 };
const tick = () => vi.advanceTimersByTimeAsync(LIMITS.barRedrawMs);

/** What a terminal shows after these bytes: a line is erased by `\r ESC[2K`. */
function screen(text: string): string[] {
  return text.split('\n').map((line) => stripVTControlCharacters(line.slice(line.lastIndexOf('\r') + 1)));
}

describe('the status bar', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('stands below the lines and never garbles one', async () => {
    const { stdout, output } = makeBench({ nodes }, { isTTY: true, isShared: true });
    await output.emit(connecting);
    await tick();
    await new Promise(setImmediate);
    expect(screen(stdout.utf8)).toEqual([' connect ░░░░░░░░░░░░░░░░░░░░ 0/2   0s']);
    await output.emit(connected);
    await output.emit(says(web1, 'hello\n'));
    await tick();
    await output.emit(says(web1, 'oops\n', 'stderr'));
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    expect(screen(stdout.utf8)).toEqual([
      'web1 hello',
      'web1 oops',
      ' connect ██████████░░░░░░░░░░ 1/2   0s',
    ]);
    await output.close();
    expect(screen(stdout.utf8)).toEqual(['web1 hello', 'web1 oops', '']);
  });

  test('is erased before the report', async () => {
    const { stderr, output } = makeBench({ nodes }, { isTTY: true });
    await output.emit(connecting);
    await tick();
    const failure = new LockstepError('locked', 'somebody holds the lock');
    await output.emit({ type: 'finished', outcomes: [], failure, exitCode: 75 });
    await tick();
    await output.close();
    expect(screen(stderr.utf8)[0]).toBe('2026-11-21 09:12:40 [FATAL] somebody holds the lock');
    expect(screen(stderr.utf8).at(-1)).toBe('');
  });

  test.each([
    ['stderr is no terminal', {}, { isTTY: false }],
    ['-q', { quiet: true }, { isTTY: true }],
    ['--json', { json: true }, { isTTY: true }],
    ['a dumb terminal', { environment: { TERM: 'dumb' } }, { isTTY: true }],
  ])('is not there with: %s', async (_name, settings, shape) => {
    const { stderr, output } = makeBench({ nodes, ...settings }, shape);
    await output.emit(connecting);
    await tick();
    await output.close();
    expect(stderr.text).toBe('');
  });
});

describe('progress', () => {
  const start: Progress | undefined = advance(
    undefined,
    { type: 'phase', phase: 'upload', nodes: 3, bytes: 4096 },
    1000,
  );
  const seeAll = (events: RunEvent[]) =>
    events.reduce<Progress | undefined>((progress, event) => advance(progress, event, 3000), start);

  test('counts nodes, failures and bytes, and tells the rate', () => {
    const error = new LockstepError('upload-failed', 'x');
    const progress = seeAll([
      { type: 'node-failed', phase: 'upload', node: web1, error },
      { type: 'node-done', phase: 'upload', node: web1 },
      { type: 'bytes', sent: 2048 },
    ]);
    expect(progress && drawProgress(progress, { columns: 100, nowMs: 3000 })).toBe(
      ' upload  ██████████░░░░░░░░░░ 1/3  1 failed  2.00KiB/4.00KiB  1.00KiB/s   2s',
    );
  });

  test('is cut on a narrow terminal, so that the bar never wraps', () => {
    for (let columns = 1; columns < 60; columns++) {
      expect(start && drawProgress(start, { columns, nowMs: 2000 }).length).toBeLessThan(columns);
    }
  });

  test('begins anew with each phase and ends with the run', () => {
    expect(seeAll([{ type: 'bytes', sent: 9 }, connecting])).toMatchObject({
      phase: 'connect',
      nodes: 2,
      sentBytes: 0,
    });
    expect(seeAll([{ type: 'finished', outcomes: [], exitCode: 0 }])).toBeUndefined();
  });

  test.each([
    [0, '0.00b'],
    [3000, '2.93KiB'],
    [1024 ** 3 * 1.5, '1.50GiB'],
    [1024 ** 5, '1024.00TiB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
