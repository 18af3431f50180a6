import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../../src/core/errors.ts';
import { tellEnding, tellGivingBack } from '../../../../src/run/start/ending.ts';
import { Ear, endedBy, nodeAt, requestFor, WORKS } from '../fixtures.ts';

const [a, b, c] = [nodeAt('a'), nodeAt('b'), nodeAt('c')];

interface Given {
  readonly mode?: keyof typeof WORKS;
  readonly killGraceMs?: number;
  readonly atWork?: number;
  readonly isSwitching?: boolean;
}

/** What is told of an end while three nodes are at work. */
function atWork({ mode = 'command', killGraceMs = 5_000, atWork = 3, isSwitching = false }: Given = {}) {
  const ear = new Ear();
  const abort = new AbortController();
  const leave = new Map<string, () => void>();
  const nodes = [a, b, c].map((node) => ({
    node,
    gone: new Promise<void>((resolve) => leave.set(node.host, resolve)),
  }));
  const stop = tellEnding(abort.signal, {
    request: requestFor({ work: WORKS[mode], times: { killGraceMs } }),
    tell: ear.hear,
    nodes: () => nodes,
    atWork: () => atWork,
    isSwitching: () => isSwitching,
  });
  return {
    ear,
    stop,
    end: (reason: unknown) => abort.abort(reason),
    leave: (host: string) => leave.get(host)?.(),
  };
}

describe('a user who ends a run is told at once', () => {
  test.each<[what: string, given: Given, message: string]>([
    [
      'how many nodes are at work',
      {},
      'Ctrl-C: ending the work on 3 nodes, KILL in 5 s; again to leave at once',
    ],
    [
      'that it is one',
      { atWork: 1 },
      'Ctrl-C: ending the work on 1 node, KILL in 5 s; again to leave at once',
    ],
    [
      'when KILL comes',
      { killGraceMs: 500 },
      'Ctrl-C: ending the work on 3 nodes, KILL in 0.5 s; again to leave at once',
    ],
    [
      'that a commit is not ended in the middle',
      { mode: 'upload', isSwitching: true },
      'Ctrl-C: each node brings its commit to an end, or takes it back, within 60 s; again to leave at once',
    ],
  ])('%s', (_what, given, message) => {
    const { ear, end } = atWork(given);
    end(endedBy('Ctrl-C'));
    expect(ear.logs()).toEqual([`warn: ${message}`]);
  });

  test('each node is told when it has ended, and only then', async () => {
    const { ear, end, leave } = atWork();
    end(endedBy('TERM'));
    expect(ear.of('phase')).toEqual([{ type: 'phase', phase: 'ending', nodes: 3, of: [a, b, c] }]);
    expect(ear.of('node-done')).toEqual([]);
    leave('b');
    await Promise.resolve();
    expect(ear.of('node-done')).toEqual([{ type: 'node-done', phase: 'ending', node: b }]);
  });

  test('the signal has its name', () => {
    const { ear, end } = atWork();
    end(endedBy('SIGTERM'));
    expect(ear.logs()[0]).toMatch(/^warn: SIGTERM: /);
  });

  test.each<[what: string, reason: unknown]>([
    [
      'a lost lock',
      new LockstepError('lock-lost', 'gone', { brief: { text: 'the run was ended, since …', causes: [] } }),
    ],
    ['a reader that went away', new LockstepError('output-not-written', 'EPIPE')],
    ['something of no words of ours', new Error('ended by nobody')],
  ])('%s has words of its own', (_what, reason) => {
    const { ear, end } = atWork();
    end(reason);
    expect(ear.events).toEqual([]);
  });

  test('-L has no other end than this, and is not told of', () => {
    const { ear, end } = atWork({ mode: 'lock' });
    end(endedBy('Ctrl-C'));
    expect(ear.events).toEqual([]);
  });

  test('nothing is told once the work is over', () => {
    const { ear, end, stop } = atWork();
    stop();
    end(endedBy('Ctrl-C'));
    expect(ear.events).toEqual([]);
  });
});

describe('a user who ends a run while it takes its locks', () => {
  function locking(mode: keyof typeof WORKS = 'command') {
    const ear = new Ear();
    const abort = new AbortController();
    const request = requestFor({ work: WORKS[mode] });
    const stop = tellGivingBack(abort.signal, { request, tell: ear.hear, nodes: 7 });
    return { ear, stop, abort };
  }

  test('is told that they are given back, on all nodes', () => {
    const { ear, abort } = locking();
    abort.abort(endedBy('Ctrl-C'));
    expect(ear.events).toEqual([
      { type: 'log', level: 'warn', message: 'Ctrl-C: giving the locks back; again to leave at once' },
      { type: 'phase', phase: 'ending', nodes: 7 },
    ]);
  });

  test('is told nothing with -L, nor when all locks are held', () => {
    const holding = locking('lock');
    holding.abort.abort(endedBy('Ctrl-C'));
    const held = locking();
    held.stop();
    held.abort.abort(endedBy('Ctrl-C'));
    expect([...holding.ear.events, ...held.ear.events]).toEqual([]);
  });
});
