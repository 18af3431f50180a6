import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { a, b, c, d, prefix, Run } from './barrier-run.ts';

describe('the barrier', () => {
  it('greets nobody before every tool has started, then tells each of all nodes', () => {
    const run = new Run().start(a, b);
    expect(run.effects).toEqual([]);
    run.start(c);
    expect(run.told.get(b)).toEqual(
      ['HELLO', `NODE ${a}`, `NODE ${b} CURRENT`, `NODE ${c}`, 'START'].map((line) => `${prefix} ${line}`),
    );
  });

  it('S12: tells every tool, the sender too, who said what, whatever name the text forges', () => {
    const run = new Run().start(a, b, c);
    run.say(a, `${c} I am c`);
    for (const node of [a, b, c]) expect(run.heard(node)).toEqual([`SYNC ${a} ${c} I am c`]);
  });

  it('tools that ignore the protocol may end at once and well, in any order', () => {
    const run = new Run().start(a, b);
    run.end(a);
    run.start(c);
    expect(run.told.get(a)).toEqual([]);
    expect(run.told.get(b)).toContain(`${prefix} NODE ${a}`);
    run.end(c);
    expect(run.end(b)).toEqual([{ type: 'finish' }]);
    expect(run.failures).toEqual([]);
  });

  it('S13: tells those who watch that a tool has failed, and ends them when their time to undo is over', () => {
    const run = new Run().start(a, b, c).watch(b);
    run.say(b, 'installed');
    expect(run.end(a, 'exited with code 3')).toContainEqual({
      type: 'arm',
      timeout: 'rollback',
      afterMs: 60_000,
    });
    run.say(b, 'undone');
    run.end(c, 'exited with code 1');
    expect(run.heard(b)).toEqual([
      `SYNC ${b} installed`,
      `LOST ${a} exited with code 3`,
      `SYNC ${b} undone`,
      `LOST ${c} exited with code 1`,
    ]);
    expect(run.take({ type: 'timeout', timeout: 'rollback' })).toContainEqual({ type: 'end', nodes: [b] });
    expect(run.end(b, 'was ended by TERM')).toEqual([{ type: 'finish' }]);
    expect(run.failures.map(({ kind, node }) => [kind, node])).toEqual([
      ['failed', a],
      ['failed', c],
      ['rollback-timeout', b],
    ]);
  });

  it('S13: a tool that is lost fails the run like one that exits badly', () => {
    const run = new Run().start(a, b, c).watch(c);
    run.take({ type: 'ended', node: a, end: { kind: 'lost', reason: 'was lost: reset' } });
    expect(run.failures).toEqual([{ kind: 'lost', node: a, reason: 'was lost: reset' }]);
    expect(run.heard(c)).toEqual([`LOST ${a} was lost: reset`]);
  });

  it('a run that fails before START never starts: tools are greeted, and told why when they ask', () => {
    const run = new Run().start(a);
    run.end(b, 'exited with code 127');
    run.start(c);
    for (const node of [a, c]) expect(run.told.get(node)).toEqual([`${prefix} HELLO`]);
    run.watch(c);
    expect(run.told.get(a)).toEqual([`${prefix} HELLO`]);
    expect(run.told.get(c)).toEqual([`${prefix} HELLO`, `${prefix} LOST ${b} exited with code 127`]);
    run.end(c);
    expect(run.take({ type: 'timeout', timeout: 'rollback' })).toContainEqual({ type: 'end', nodes: [a] });
    expect(run.told.get(a)).toEqual([`${prefix} HELLO`]);
  });

  it('a tool that did not ask hears SYNC alone, however the run fails', () => {
    const run = new Run().start(a, b, c).watch(c);
    run.say(b, 'installed');
    run.end(a);
    run.take({ type: 'timeout', timeout: 'barrier' });
    run.say(b, 'undone');
    run.end(c, 'exited with code 1');
    expect(run.heard(b)).toEqual([`SYNC ${b} installed`, `SYNC ${b} undone`]);
    expect(run.take({ type: 'timeout', timeout: 'rollback' })).toContainEqual({ type: 'end', nodes: [b] });
    run.end(b, 'was ended by TERM');
    expect(run.heard(b)).toHaveLength(2);
  });

  it('a tool that asks late, or again, is told once of all that has ended, the cause first', () => {
    const run = new Run([a, b, c, d]).start(a, b, c, d).watch(d);
    run.end(a);
    run.end(c, 'exited with code 3');
    run.end(b, 'exited with code 1');
    expect(run.heard(d)).toEqual([
      `DONE ${a} 0`,
      `LOST ${c} exited with code 3`,
      `LOST ${b} exited with code 1`,
    ]);
    const late = new Run([a, b, c, d]).start(a, b, c, d);
    late.end(a);
    late.end(c, 'exited with code 3');
    late.end(b, 'exited with code 1');
    expect(late.heard(d)).toEqual([]);
    expect(late.watch(d, d).heard(d)).toEqual(run.heard(d));
  });

  it('WATCH is told to nobody, and is no SYNC that others may wait for', () => {
    const run = new Run().start(a, b, c).watch(a, b);
    for (const node of [a, b, c]) expect(run.heard(node)).toEqual([]);
    run.end(c);
    expect(run.state.timeout).toBeUndefined();
    expect(run.heard(a)).toEqual([`DONE ${c} 0`]);
  });

  it('names who has ended and who still waits when a barrier cannot open any more', () => {
    const run = new Run().start(a, b, c).watch(b);
    expect(run.end(a).some((effect) => effect.type === 'arm')).toBe(false);
    const armed = { type: 'arm', timeout: 'barrier', afterMs: 600_000 };
    expect(run.say(b, 'installed')).toContainEqual(armed);
    expect(run.say(c, 'installed')).toContainEqual(armed);
    run.take({ type: 'timeout', timeout: 'barrier' });
    expect(run.failures).toEqual([
      { kind: 'barrier-timeout', node: a, reason: `has ended, and for 600 s nothing came from ${b}, ${c}` },
    ]);
    expect(run.heard(b).at(-1)).toBe(`LOST ${a} ${run.failures[0]?.reason}`);
    expect(run.state.timeout).toBe('rollback');
  });

  it('a tool that never spoke may work on as long as it likes after the others have ended', () => {
    const run = new Run().start(a, b, c);
    run.say(a, 'done');
    run.end(b);
    expect(run.state.timeout).toBe('barrier');
    expect(run.end(a)).toEqual([{ type: 'disarm' }]);
    expect(run.take({ type: 'timeout', timeout: 'barrier' })).toEqual([]);
  });

  it.each<[string, (run: Run) => void]>([
    ['S13: SYNC before START', (run) => run.start(a, b).say(a, 'x')],
    ['S13: SYNC after its end', (run) => [run.start(a, b, c).end(a), run.say(a, 'x')]],
    [
      'S11: a protocol line too long',
      (run) => run.start(a, b, c).take({ type: 'broke-protocol', node: a, reason: 'x' }),
    ],
    ['S11: more SYNC messages than its bound', flood],
  ])('%s is the failure of that tool alone', (_title, misbehave) => {
    const run = new Run();
    misbehave(run);
    expect(run.failures.map(({ kind, node }) => [kind, node])).toEqual([['broke-protocol', a]]);
    const messages = run.heard(b).length;
    run.say(a, 'again');
    expect(run.failures).toHaveLength(1);
    expect(run.heard(b)).toHaveLength(messages);
    for (const node of [a, b, c]) run.end(node);
    expect(run.effects.at(-1)).toEqual({ type: 'finish' });
  });
});

function flood(run: Run): void {
  run.start(a, b, c);
  for (let count = 0; count <= LIMITS.syncMessagesPerNodeMax; count += 1) run.say(a, 'x');
}
