import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { RunEvent } from '../../../src/core/events.ts';
import { LIMITS } from '../../../src/core/limits.ts';
import { advance, drawProgress, formatBytes, type Progress } from '../../../src/output/bar/progress.ts';
import { createBarLook } from '../../../src/output/look/bar-look.ts';
import { columnsOf, cutToColumns } from '../../../src/text/width.ts';
import { makeBench, makeNode, says } from './fixtures.ts';
import { Screen } from './screen.ts';

const web1 = makeNode('web1');
const nodes = [web1, makeNode('web2')];
const connecting: RunEvent = { type: 'phase', phase: 'connect', nodes: 2 };
const connected: RunEvent = { type: 'node-done', phase: 'connect', node: web1 };
const look = createBarLook('default', false);
const tick = async () => {
  await vi.advanceTimersByTimeAsync(LIMITS.barRedrawMs);
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
};

/** What a terminal of 80 columns shows after these bytes. */
function shown(text: string): string[] {
  const screen = new Screen(80, { isReflowing: true });
  screen.write(text);
  return screen.lines();
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
    expect(shown(stdout.utf8)).toEqual([' connect ░░░░░░░░░░░░░░░░░░░░ 0/2   0s']);
    await output.emit(connected);
    await output.emit(says(web1, 'hello\n'));
    await tick();
    await output.emit(says(web1, 'oops\n', 'stderr'));
    await tick();
    expect(shown(stdout.utf8)).toEqual(['web1 hello', 'web1 oops', ' connect ██████████░░░░░░░░░░ 1/2   0s']);
    await output.close();
    expect(shown(stdout.utf8)).toEqual(['web1 hello', 'web1 oops']);
  });

  test('is erased before the report', async () => {
    const { stderr, output } = makeBench({ nodes }, { isTTY: true });
    await output.emit(connecting);
    await tick();
    const failure = new LockstepError('locked', 'somebody holds the lock');
    await output.emit({ type: 'finished', outcomes: [], failure, exitCode: 75 });
    await tick();
    await output.close();
    expect(shown(stderr.utf8)[0]).toBe('2026-11-21 09:12:40 [FATAL] somebody holds the lock');
    expect(stderr.utf8).not.toContain('release');
  });

  test.each([
    ['stderr is no terminal', {}, { isTTY: false }],
    ['a pipe behind stdout: its reader may print here', {}, { isTTY: true, isStdoutPiped: true }],
    ['-q', { quiet: true }, { isTTY: true }],
    ['--json', { json: true }, { isTTY: true }],
    ['a dumb terminal', { environment: { TERM: 'dumb' } }, { isTTY: true }],
    ["--bar-format ''", { barFormat: '' }, { isTTY: true }],
  ])('is not there with: %s', async (_name, settings, shape) => {
    const { stderr, output } = makeBench({ nodes, ...settings }, shape);
    await output.emit(connecting);
    await tick();
    await output.close();
    expect(stderr.text).toBe('');
  });

  test('is drawn at a bounded rate, however many nodes report', async () => {
    const { stderr, output } = makeBench({ nodes }, { isTTY: true });
    await output.emit({ type: 'phase', phase: 'connect', nodes: 1000 });
    for (let node = 0; node < 1000; node++) {
      await output.emit({ type: 'node-done', phase: 'connect', node: makeNode(`web${node}`) });
      if (node % 500 === 499) await tick();
    }
    expect(stderr.writes).toBe(2);
    expect(shown(stderr.utf8)).toEqual([' connect ████████████████████ 1000/1000   0s']);
  });

  /** One step of a session at a terminal. */
  type Step = { kind: 'say'; text: string } | { kind: 'resize'; columns: number } | { kind: 'tick' };
  const steps = fc.array(
    fc.oneof<fc.Arbitrary<Step>[]>(
      fc
        .array(fc.constantFrom('a', 'bc', '漢', 'ü', ' x', '-'.repeat(30)), { minLength: 1, maxLength: 8 })
        .map((parts) => ({ kind: 'say', text: parts.join('') })),
      fc.integer({ min: 3, max: 120 }).map((columns) => ({ kind: 'resize', columns })),
      fc.constant({ kind: 'tick' }),
    ),
    { maxLength: 25 },
  );

  test.each([
    'default',
    'dark',
    '{bg 1}{fg 2} 漢字漢字 {.Phase}{from "" 3} {.Success}/{.Total} {.Bar}{.Bar}',
  ])('leaves every line whole, whatever the order of lines, drawings and resizes: %s', async (barFormat) => {
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (story, isReflowing) => {
        const screen = new Screen(40, { isReflowing });
        const bench = makeBench(
          { nodes, barFormat, color: 'always' },
          { isTTY: true, isShared: true, columns: () => screen.columns },
        );
        const { stdout, output } = bench;
        let taken = 0;
        const settle = async () => {
          await tick();
          screen.write(stdout.utf8.slice(taken));
          taken = stdout.utf8.length;
        };
        await output.emit(connecting);
        for (const step of story) {
          if (step.kind === 'resize') screen.resize(step.columns);
          else {
            if (step.kind === 'say') await output.emit(says(web1, `${step.text}\n`));
            await settle();
          }
        }
        await output.close();
        await settle();
        const said = story.flatMap((step) => (step.kind === 'say' ? [`web1 ${step.text}`.trimEnd()] : []));
        expect(screen.lines()).toEqual(said.length === 0 ? [''] : said);
      }),
      { numRuns: 60 },
    );
  });

  test('does not wrap where characters are wider than anybody knows, nor where the size is not told', () => {
    const screen = new Screen(20, { isReflowing: false });
    const { stdout, terminal } = makeBench({}, { isTTY: true, isShared: true });
    terminal.setBar('x'.repeat(70));
    terminal.setBar('y'.repeat(70));
    return terminal.flush().then(() => {
      screen.write(stdout.utf8);
      expect(screen.lines()).toEqual([`${'y'.repeat(20)}`]);
    });
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
  const error = new LockstepError('upload-failed', 'x');
  const midway = seeAll([
    { type: 'node-failed', phase: 'upload', node: web1, error },
    { type: 'node-done', phase: 'upload', node: web1 },
    { type: 'bytes', sent: 2048 },
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

  test('tells the rate of the last seconds: not of a slow beginning, and none of a stalled transfer', () => {
    let progress = start;
    for (let second = 1; second <= 20; second++) {
      const sent = second <= 10 ? 0 : (second - 10) * 100;
      progress = advance(progress, { type: 'bytes', sent }, 1000 + second * 1000);
    }
    const at = (nowMs: number) => progress && drawProgress(progress, { look, nowMs, columns: 200 });
    expect(at(21_000)).toContain('  100.00b/s  ETA 31s  ');
    expect(at(27_000)).toMatch(/ {2}0\.00b\/s {2}26s$/);
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

describe('width', () => {
  test.each([
    ['web1', 4],
    ['漢字', 4],
    ['e\u0301', 1],
    ['\x1b[38;5;31mred\x1b[0m', 3],
    ['😀', 2],
    ['\ue0b0', 1],
  ])('of %j is %d columns', (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });

  test('no cut is wider than asked for, splits a character, or leaves a colour on', () => {
    const part = fc.constantFrom('a', '漢', '😀', '\x1b[1m', 'e\u0301', '░');
    fc.assert(
      fc.property(fc.array(part), fc.integer({ min: -1, max: 30 }), (parts, columnsMax) => {
        const cut = cutToColumns(parts.join(''), columnsMax);
        expect(columnsOf(cut)).toBeLessThanOrEqual(Math.max(columnsMax, 0));
        expect(cut).not.toMatch(/\p{Surrogate}/u);
        if (cut.includes('\x1b')) expect(cut.endsWith('\x1b[0m')).toBe(true);
      }),
    );
  });
});
