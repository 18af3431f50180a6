/** The status bar at a terminal: where it stands, when it is drawn, and when it is not there. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { RunEvent } from '../../../src/core/events.ts';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import type { Reason } from '../../../src/core/turn.ts';
import { planOf } from '../../../src/rollout/plan-of.ts';
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';
import { often } from '../../often.ts';
import { hear, makeBench, makeNode, play, says } from './fixtures.ts';
import { Screen } from './screen.ts';

const web1 = makeNode('web1');
const web2 = makeNode('web2');
const nodes = [web1, web2];
const connecting: RunEvent = { type: 'phase', phase: 'connect', nodes: 2 };
const connected: RunEvent = { type: 'node-done', phase: 'connect', node: web1 };
/** One of the two is at work, and the other waits for it. */
const rules: RolloutRules = {
  threads: [],
  limits: [{ name: '--batch', max: 1, nodes: nodes.map(({ id }) => id) }],
  onFailure: 'release',
  unreachable: 'fail',
};
const reason: Reason = {
  kind: 'limit',
  limit: '--batch',
  max: 1,
  running: 1,
  failed: { first: [], more: 0 },
};
const rollout: RunEvent[] = [
  { type: 'phase', phase: 'exec', nodes: 2 },
  { type: 'rollout', plan: planOf(rules, nodes), absent: [], down: [] },
  { type: 'node-begun', phase: 'exec', node: web1 },
  { type: 'node-waits', node: web2, reason },
];
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
    await hear(output, connecting);
    await tick();
    expect(shown(stdout.utf8)).toEqual([' connect ░░░░░░░░░░░░░░░░░░░░ 0/2   0s']);
    await hear(output, connected);
    await hear(output, says(web1, 'hello\n'));
    await tick();
    await hear(output, says(web1, 'oops\n', 'stderr'));
    await tick();
    expect(shown(stdout.utf8)).toEqual(['web1 hello', 'web1 oops', ' connect ██████████░░░░░░░░░░ 1/2   0s']);
    await output.close();
    expect(shown(stdout.utf8)).toEqual(['web1 hello', 'web1 oops']);
  });

  test('has a rollout below it, while something is asked nothing, and leaves a summary', async () => {
    const { stdout, output } = makeBench({ nodes }, { isTTY: true, isShared: true });
    for (const event of rollout) await hear(output, event);
    await tick();
    const view = [
      ' exec    ░░░░░░░░░░░░░░░░░░░░ 0/2   0s',
      '  all nodes  1 at work  1 waiting',
      '  at work  web1 0s',
      '  waiting  1 wait: --batch is full: 1 of 1 at work',
    ];
    expect(shown(stdout.utf8)).toEqual(view);
    await hear(output, { type: 'question', text: 'go on? ' });
    await tick();
    expect(shown(stdout.utf8)).toEqual(['go on?']);
    // What is typed, as the terminal echoes it.
    stdout.text += 'y\n';
    await hear(output, { type: 'answered' });
    await tick();
    expect(shown(stdout.utf8)).toEqual(['go on? y', ...view]);
    const exit = { kind: 'exit' as const, code: 3 };
    await hear(output, { type: 'outcome', node: web1, outcome: exit });
    await hear(output, { type: 'outcome', node: web2, outcome: { kind: 'skipped', reason: '' } });
    await hear(output, { type: 'phase', phase: 'release', nodes: 2 });
    await output.close();
    const summary =
      '2026-11-21 09:12:40  [INFO] the rollout is over: 0 of 2 nodes done, 1 failed, 1 skipped, in 0 ms';
    expect(shown(stdout.utf8).join('').replaceAll(/ {4,}/g, ' ')).toBe(`go on? y${summary}`);
  });

  test('shows of a rollout what a low terminal has room for, and of a node that is tried again one try', async () => {
    const { stderr, output } = makeBench({ nodes }, { isTTY: true, rows: 4 });
    for (const event of rollout) await hear(output, event);
    const outcome = { kind: 'exit', code: 3 } as const;
    await hear(output, { type: 'node-retries', node: web1, outcome, afterMs: 1, triesLeft: 0 });
    await hear(output, { type: 'node-begun', phase: 'exec', node: web1 });
    await tick();
    expect(shown(stderr.utf8)).toEqual([
      ' exec    ░░░░░░░░░░░░░░░░░░░░ 0/2   0s',
      '  all nodes  1 at work  1 waiting',
      '  at work  web1 0s',
    ]);
    await output.close();
  });

  test('of a rollout there are lines instead where there is no terminal, and none with -q and --json', async () => {
    const ended: RunEvent = { type: 'outcome', node: web1, outcome: { kind: 'exit', code: 3 } };
    // It puts its files in place, and runs its command: one turn.
    const commits: RunEvent = { type: 'node-begun', phase: 'commit', node: web1 };
    const events = [...rollout, commits, ended, { type: 'phase', phase: 'release', nodes: 2 } as const];
    const { stderr } = await play(events, { nodes });
    expect(stderr.split('\n').map((line) => line.replace(/^\S+ \S+ +/, ''))).toEqual([
      '[INFO] [root@web1:22] begins (1 at work, 0 of 2 done)',
      '[INFO] [root@web1:22] ends: code 3 (0 of 2 done, 1 failed)',
      '[INFO] the rollout is over: 0 of 2 nodes done, 1 failed, 1 not ended, in 0 ms',
      '',
    ]);
    expect((await play(events, { nodes, quiet: true })).stderr).toBe('');
    expect((await play(events, { nodes, json: true })).stderr).toBe('');
  });

  test('is erased before the report', async () => {
    const { stderr, output } = makeBench({ nodes }, { isTTY: true });
    await hear(output, connecting);
    await tick();
    const failure = new LockstepError('locked', 'somebody holds the lock');
    await hear(output, { type: 'finished', outcomes: [], failure, exitCode: 75 });
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
    await hear(output, connecting);
    await tick();
    await output.close();
    expect(stderr.text).toBe('');
  });

  test('is drawn at a bounded rate, however many nodes report', async () => {
    const { stderr, output } = makeBench({ nodes }, { isTTY: true });
    await hear(output, { type: 'phase', phase: 'connect', nodes: 1000 });
    for (let node = 0; node < 1000; node++) {
      await hear(output, { type: 'node-done', phase: 'connect', node: makeNode(`web${node}`) });
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
    ['default', []],
    ['dark', []],
    ['{bg 1}{fg 2} 漢字漢字 {.Phase}{from "" 3} {.Success}/{.Total} {.Bar}{.Bar}', []],
    ['default', rollout],
  ])(
    'leaves every line whole, whatever the order of lines, drawings and resizes: %s',
    async (barFormat, first) => {
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
          await hear(output, connecting);
          for (const event of first) await hear(output, event);
          for (const step of story) {
            if (step.kind === 'resize') screen.resize(step.columns);
            else {
              if (step.kind === 'say') await hear(output, says(web1, `${step.text}\n`));
              await settle();
            }
          }
          await output.close();
          await settle();
          const said = story.flatMap((step) => (step.kind === 'say' ? [`web1 ${step.text}`.trimEnd()] : []));
          expect(screen.lines()).toEqual(said.length === 0 ? [''] : said);
        }),
        { numRuns: often(60) },
      );
    },
  );

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
