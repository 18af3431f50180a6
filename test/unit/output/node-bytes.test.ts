/** The slowest nodes: which they are, and how they are told below the bar and in the log. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ControlEvent } from '../../../src/core/events.ts';
import type { Node } from '../../../src/core/node.ts';
import { NodeBytes, slowestLines } from '../../../src/output/bar/node-bytes.ts';
import { often } from '../../often.ts';
import { barTime } from './bar-time.ts';
import { hear, makeBench, makeNode } from './fixtures.ts';
import { Screen } from './screen.ts';

const nodes = Array.from({ length: 5 }, (_, index) => makeNode(`web${index + 1}`));
const [web1, web2, web3, web4] = nodes as [Node, Node, Node, Node];
const bytes = (node: Node, ofNode: number, whole?: number): ControlEvent => ({
  type: 'bytes',
  sent: 0,
  node,
  ofNode,
  ...(whole === undefined ? {} : { whole }),
});
const uploading: ControlEvent = { type: 'phase', phase: 'upload', nodes: 5, bytes: 5000 };

describe('the slowest', () => {
  const partOf = ([got, whole]: readonly [number, number]) => got / whole;

  test('are those that have the smallest part of theirs, in this order, and none that has all', () => {
    const shares = fc.array(
      fc
        .integer({ min: 1, max: 50 })
        .chain((whole) => fc.tuple(fc.integer({ min: 1, max: whole }), fc.constant(whole))),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(shares, fc.integer({ min: 1, max: 5 }), (all, nodesMax) => {
        const those = all.map((_, index) => makeNode(`n${index}`));
        const known = new NodeBytes();
        for (const [index, [got, whole]] of all.entries()) known.see(bytes(those[index] as Node, got, whole));
        const left = all.filter(([got, whole]) => got < whole).map(partOf);
        const expected = left.sort((a, b) => a - b).slice(0, nodesMax);
        const parts = known
          .slowest(those, nodesMax)
          .map((node) => partOf(all[those.indexOf(node)] ?? [0, 1]));
        expect(parts).toEqual(expected);
      }),
    );
  });

  test('count anew in each phase, and without bytes there are none', () => {
    const known = new NodeBytes();
    known.see(bytes(web1, 1, 10));
    expect(known.slowest(nodes, 2)).toHaveLength(2);
    known.see(uploading);
    expect(known.slowest(nodes, 2)).toEqual([]);
  });

  test.each([
    [80, ['    0%  0.00b/9.77KiB  web3', '   50%  4.88KiB/9.77KiB  web2']],
    [20, ['    0%  0.00b/9.77Ki', '   50%  4.88KiB/9.77']],
  ])('are lines that fit into %d columns', (columns, expected) => {
    const known = new NodeBytes();
    known.see(bytes(web2, 5000, 10_000));
    known.see(bytes(web3, 1, 10_000));
    const lines = slowestLines([web3, web2], { bytes: known, labelOf: ({ host }) => host, columns });
    expect(
      lines.map((line) => line.replace(/^( +)0% {2}1\.00b/, '$10%  0.00b').replace(/^ {5}0%/, '    0%')),
    ).toHaveLength(2);
    expect(lines.every((line) => line.length <= columns)).toBe(true);
    expect(lines[1]).toBe(expected[1]);
  });
});

describe('at a terminal, with -v', () => {
  const { clock, pass } = barTime();

  const shown = (text: string, columns = 80) => {
    const screen = new Screen(columns, { isReflowing: true });
    screen.write(text);
    return screen.lines();
  };

  const playUpload = async (settings: object, shape: object, count = 5) => {
    const all = Array.from({ length: count }, (_, index) => makeNode(`web${index + 1}`));
    const bench = makeBench({ nodes: all, clock, verbose: 1, ...settings }, shape);
    void hear(bench.output, uploading);
    for (const [index, node] of all.entries()) void hear(bench.output, bytes(node, index * 100 + 1, 100_000));
    await pass(200);
    return bench;
  };

  test('stand beneath the bar, three at most, and go when they have all', async () => {
    const { stdout, output } = await playUpload({}, { isTTY: true, isShared: true });
    expect(shown(stdout.utf8).slice(1)).toEqual([
      '   0%  1.00b/97.66KiB    web1'.replace('    web1', '  web1').replace('   0%  1.00b', '     0%  1.00b'),
      '   0%  101.00b/97.66KiB  web2',
      '   0%  201.00b/97.66KiB  web3',
    ]);
    void hear(output, { type: 'node-done', phase: 'upload', node: web1 });
    await pass(200);
    expect(shown(stdout.utf8)[1]).toContain('web2');
    await output.close();
    expect(shown(stdout.utf8).filter((line) => !line.includes('/5 files'))).toEqual(['']);
  });

  test('S9: a name of which a terminal would obey a part is shown as characters', async () => {
    const evil = makeNode('we\x1b[2Jb\r\n');
    const { stdout, output } = makeBench(
      { nodes: [evil, web1], clock, verbose: 1 },
      { isTTY: true, isShared: true },
    );
    void hear(output, uploading);
    void hear(output, bytes(evil, 1, 10));
    await pass(200);
    expect(shown(stdout.utf8).join('\n')).toContain('we^[[2Jb^M^J');
    await output.close();
  });

  test.each([
    ['without -v', { verbose: 0 }, {}, 1],
    ['on a terminal of two rows', {}, { rows: 2 }, 1],
    ['on a terminal of four', {}, { rows: 4 }, 3],
    ['of 1,000 nodes', {}, {}, 4],
  ])('are not more than there is room for: %s', async (name, settings, shape, lines) => {
    const count = name.includes('1,000') ? 1000 : 5;
    const { stdout, output } = await playUpload(settings, { isTTY: true, isShared: true, ...shape }, count);
    expect(shown(stdout.utf8)).toHaveLength(lines);
    await output.close();
  });

  const steps = fc.array(
    fc.oneof(
      fc.constantFrom('a', '漢'.repeat(30), 'x'.repeat(90)).map((text) => ({ text })),
      fc.integer({ min: 3, max: 120 }).map((columns) => ({ columns })),
      fc.constant({}),
    ),
    { maxLength: 15 },
  );

  test('leave every line whole, whatever the order of lines, drawings and resizes', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (story, isReflowing) => {
        const screen = new Screen(40, { isReflowing });
        const bench = await playUpload({}, { isTTY: true, isShared: true, columns: () => screen.columns });
        let taken = 0;
        const settle = async () => {
          await pass(100);
          screen.write(bench.stdout.utf8.slice(taken));
          taken = bench.stdout.utf8.length;
        };
        await settle();
        for (const step of story) {
          if ('columns' in step) screen.resize(step.columns);
          else {
            if ('text' in step)
              void hear(bench.output, {
                type: 'output',
                node: web4,
                stream: 'stdout',
                chunk: Buffer.from(`${step.text}\n`),
              });
            await settle();
          }
        }
        await bench.output.close();
        await settle();
        const said = story.flatMap((step) => ('text' in step ? [step.text] : []));
        const lines = screen.lines().filter((line) => line !== '');
        expect(lines.map((line) => line.replace(/^.*web4\S* ?/, ''))).toEqual(said);
      }),
      { numRuns: often(40) },
    );
  });

  test('without a terminal are a line each when they have all files, and in a line for the whole after a while', async () => {
    const { stderr, output } = await playUpload({}, {});
    void hear(output, { type: 'node-done', phase: 'upload', node: web2 });
    for (let ms = 0; ms < 45_000; ms += 500) {
      void hear(output, { type: 'bytes', sent: ms / 20, node: web3, ofNode: 300, whole: 100_000 });
      await pass(500);
    }
    await output.close();
    const lines = stderr.utf8.split('\n').map((line) => line.replace(/^.*\[DEBUG\] /, ''));
    expect(lines.filter((line) => line.includes('files received'))).toEqual([
      '   1/5 files received after 0.2 s: [root@web2:22]',
    ]);
    const whole = lines.filter((line) => line.includes('slowest'));
    expect(whole).toHaveLength(3);
    expect(whole[0]).toMatch(
      /^upload 1\/5, \d+%, \d+\.\d\d\w+ of 4\.88KiB, \d+\.\d\db\/s, .*s left; slowest: \[root@web1:22\] 0% {2}1\.00b\/97\.66KiB, \[root@web3:22\] /,
    );
  });
});
