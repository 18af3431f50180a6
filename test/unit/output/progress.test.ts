/** What the status bar tells of a run's progress: counts, rates, and fields that are left out where there is no room. */
import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { ControlEvent } from '../../../src/core/events.ts';
import { advance, drawProgress, formatBytes, type Progress } from '../../../src/output/bar/progress.ts';
import { createBarLook } from '../../../src/output/look/bar-look.ts';
import { makeNode } from './fixtures.ts';

const web1 = makeNode('web1');
const connecting: ControlEvent = { type: 'phase', phase: 'connect', nodes: 2 };
const look = createBarLook('default', false);

describe('progress', () => {
  const start: Progress | undefined = advance(
    undefined,
    { type: 'phase', phase: 'upload', nodes: 3, bytes: 4096 },
    1000,
  );
  const sent = (bytes: number): ControlEvent => ({ type: 'bytes', sent: bytes, node: web1, ofNode: bytes });
  const begun = start && advance(start, sent(1), 500);
  const seeAll = (events: ControlEvent[]) =>
    events.reduce<Progress | undefined>((progress, event) => advance(progress, event, 3000), begun);
  const error = new LockstepError('upload-failed', 'x');
  const midway = seeAll([
    { type: 'node-failed', phase: 'upload', node: web1, error },
    { type: 'node-done', phase: 'upload', node: web1 },
    sent(2049),
  ]);

  const draw = (progress: Progress | undefined, columns = 100, names = '') =>
    progress && drawProgress(progress, { look, nowMs: 3000, columns, names });

  test('counts nodes, failures and bytes, and tells per cent, the rate and the time that is left', () => {
    expect(draw(midway)).toBe(
      ' upload  ██████████░░░░░░░░░░ 1/3  1 failed  50%  2.00KiB/4.00KiB  1.00KiB/s  ETA 2s   2s',
    );
  });

  test.each([
    [80, ' upload  1/3  1 failed  50%  2.00KiB/4.00KiB  1.00KiB/s  ETA 2s   2s'],
    [60, ' upload  1/3  1 failed  50%  1.00KiB/s  ETA 2s   2s'],
    [48, ' upload  1/3  1 failed  50%  1.00KiB/s  ETA 2s'],
    [40, ' upload  1/3  1 failed  50%  ETA 2s'],
  ])('leaves out whole fields at %d columns, the blocks first, and cuts no unit', (columns, line) => {
    expect(draw(midway, columns)).toBe(line);
  });

  test('keeps the names of those that are waited for', () => {
    expect(draw(midway, 60, 'web2, web3')).toBe(' upload  1/3  1 failed  50%  1.00KiB/s  ETA 2s  web2, web3');
  });

  test('says that nothing moves, instead of a rate and a time left', () => {
    expect(midway && drawProgress(midway, { look, nowMs: 5_900, columns: 200 })).toMatch(
      /b\/s {2}ETA \d+s {3}5s$/,
    );
    expect(midway && drawProgress(midway, { look, nowMs: 15_000, columns: 200 })).toMatch(
      /2\.00KiB\/4\.00KiB {2}stalled 12s {2}14s$/,
    );
  });

  test('says nothing of a rate before the first bytes, and that the nodes check what they all have', () => {
    expect(start && drawProgress(start, { look, nowMs: 9000, columns: 200 })).toMatch(
      / 0\.00b\/4\.00KiB {3}8s$/,
    );
    const all = begun && advance(begun, sent(4096), 4000);
    expect(all && drawProgress(all, { look, nowMs: 9000, columns: 200 })).toMatch(/ {2}checking {3}8s$/);
  });

  test('of a download, of which nobody knows how much it is, tells bytes and rate', () => {
    const exec = advance(undefined, { type: 'phase', phase: 'exec', nodes: 2 }, 0);
    const seen = [100, 1100, 2100, 3100].reduce<Progress | undefined>(
      (progress, bytes, index) => advance(progress, sent(bytes * 1024), index * 1000),
      exec,
    );
    expect(seen && drawProgress(seen, { look, nowMs: 3000, columns: 200 })).toMatch(
      / 0\/2 {2}3\.03MiB {2}\d\.\d\dMiB\/s {3}3s$/,
    );
  });

  test('what an earlier phase still tells is no part of the next', () => {
    const ending = seeAll([{ type: 'phase', phase: 'ending', nodes: 3 }]);
    const late = ending && advance(ending, { type: 'node-failed', phase: 'upload', node: web1, error }, 3000);
    expect(late).toMatchObject({ phase: 'ending', doneNodes: 0, failedNodes: 0 });
  });

  test("fills in orgalorg's fields: a failed node is no longer a part of the total", () => {
    const given =
      '{if eq .Phase "lock"}LOCK{else if eq .Phase "upload"}UPLOAD{end} {printf "%4d" .Success}/{printf "%4d" .Total} ' +
      '{if .Fails}✗ {.Fails}{end} {printf "%9s/%s" .Written .Bytes}';
    const own = createBarLook(given, false);
    expect(midway && drawProgress(midway, { look: own, nowMs: 3000, columns: 100 })).toBe(
      'UPLOAD    1/   2 ✗ 1   2.00KiB/4.00KiB',
    );
  });

  test('begins anew with each phase and ends with the run', () => {
    expect(seeAll([sent(9), connecting])).toMatchObject({
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
