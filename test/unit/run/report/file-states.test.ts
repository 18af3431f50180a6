import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FileState } from '../../../../src/core/events.ts';
import type { Node } from '../../../../src/core/node.ts';
import { FileStates } from '../../../../src/run/report/file-states.ts';
import { nodeAt } from '../fixtures.ts';

const NODES = ['a', 'b', 'c'].map((host) => nodeAt(host));
const [a, b, c] = NODES as [Node, Node, Node];

describe('what is known of the destinations', () => {
  test('is nothing where no files were sent', () => {
    expect(new FileStates().atEnd()).toBeUndefined();
  });

  test('is that all are old, until a switch begins', () => {
    const files = new FileStates();
    files.begin(NODES);
    expect(files.atEnd()).toEqual({ hasBegun: false, old: NODES, new: [], unknown: [] });
  });

  test('is unknown from the switch on, until a node has said how it ended', () => {
    const files = new FileStates();
    files.begin(NODES);
    files.beginSwitch([a, b]);
    expect(files.atEnd()).toEqual({ hasBegun: true, old: [c], new: [], unknown: [a, b] });
    files.set(a, 'new');
    expect(files.atEnd()).toEqual({ hasBegun: true, old: [c], new: [a], unknown: [b] });
  });

  test('stays begun, even where all went back', () => {
    const files = new FileStates();
    files.beginSwitch([a]);
    files.set(a, 'old');
    expect(files.atEnd()).toEqual({ hasBegun: true, old: [a], new: [], unknown: [] });
  });

  test.each<[said: FileState | undefined, found: FileState, told: FileState | undefined]>([
    ['unknown', 'new', 'new'],
    ['unknown', 'old', 'old'],
    ['unknown', 'unknown', 'unknown'],
    ['new', 'old', 'new'],
    ['old', 'new', 'old'],
    [undefined, 'new', undefined],
  ])('what a node said counts before what its keeper found: %s, %s', (said, found, told) => {
    const files = new FileStates();
    if (said !== undefined) files.set(a, said);
    files.settle(a, found);
    const end = files.atEnd();
    expect(
      end === undefined ? undefined : (['old', 'new', 'unknown'] as const).find((in_) => end[in_].length > 0),
    ).toBe(told);
  });

  test('is nothing once somebody else’s program has the files', () => {
    const files = new FileStates();
    files.begin(NODES);
    files.beginSwitch(NODES);
    files.forget();
    expect(files.atEnd()).toBeUndefined();
    files.settle(a, 'new');
    expect(files.atEnd()).toBeUndefined();
  });

  test('every node that was begun is in one state, whatever happened', () => {
    const state = fc.constantFrom<FileState>('old', 'new', 'unknown');
    const node = fc.constantFrom(...NODES);
    const step = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), node, state }),
      fc.record({ kind: fc.constant('settle' as const), node, state }),
      fc.record({ kind: fc.constant('switch' as const), node, state }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const files = new FileStates();
        const model = new Map<Node, FileState>(NODES.map((each) => [each, 'old']));
        files.begin(NODES);
        for (const { kind, node: which, state: what } of steps) {
          if (kind === 'set') files.set(which, what);
          else if (kind === 'settle') files.settle(which, what);
          else files.beginSwitch([which]);
          if (kind === 'set') model.set(which, what);
          else if (kind === 'switch') model.set(which, 'unknown');
          else if (model.get(which) === 'unknown') model.set(which, what);
        }
        const end = files.atEnd();
        for (const each of NODES) expect(end?.[model.get(each) ?? 'old']).toContain(each);
        expect((end?.old.length ?? 0) + (end?.new.length ?? 0) + (end?.unknown.length ?? 0)).toBe(3);
        expect(end?.hasBegun).toBe(steps.some(({ kind }) => kind === 'switch'));
      }),
    );
  });
});
