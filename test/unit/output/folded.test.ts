import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { OutputEvent, RunEvent, Stream } from '../../../src/core/events.ts';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import type { Node } from '../../../src/core/node.ts';
import { FoldPrinter } from '../../../src/output/fold/fold-printer.ts';
import { Folded } from '../../../src/output/fold/folded.ts';
import { SourceLines } from '../../../src/output/source-lines.ts';
import { Spill } from '../../../src/output/spill.ts';
import { prefixedFormat } from '../../../src/output/text.ts';
import { foldNames } from '../../../src/text/fold-names.ts';
import { often } from '../../often.ts';
import { ends, hear, makeBench, makeNode, play, says } from './fixtures.ts';

const nodes = ['web1', 'web2', 'web3', 'db'].map((host) => makeNode(host)) as [Node, Node, Node, Node];
const [web1, web2, web3, db] = nodes;
const fold = { nodes, fold: 'same' } as const;

/** What a fold stands for: the reading of it that people, and other tools, know. */
function expand(text: string): string[] {
  return text.split(', ').flatMap((name) => {
    const [whole, ranges = ''] = /\[(\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)\]/.exec(name) ?? [];
    if (whole === undefined) return [name];
    return ranges.split(',').flatMap((range) => {
      const [from = '', to = from] = range.split('-');
      return Array.from({ length: Number(to) - Number(from) + 1 }, (_, count) =>
        name.replace(whole, String(Number(from) + count).padStart(from.length, '0')),
      );
    });
  });
}

describe('folded names', () => {
  test.each([
    [['web1', 'web2', 'web3', 'web5', 'db'], 'web[1-3,5], db'],
    [['node1.k8s.local', 'node2.k8s.local'], 'node[1-2].k8s.local'],
    [['r1n1', 'r1n2', 'r2n1', 'r2n2', 'r2n3'], 'r1n[1-2], r2n[1-3]'],
    [['127.0.0.1:2201', '127.0.0.1:2202'], '127.0.0.1:[2201-2202]'],
    [['root@web1:22', 'root@web2:22'], 'root@web[1-2]:22'],
    [['w8', 'w08', 'w09', 'w10', 'w100', 'w101'], 'w[8,08-10,100-101]'],
    [['[fe80::1]:22', '[fe80::2]:22'], '[fe80::[1-2]]:22'],
    [['id20261121091240'], 'id20261121091240'],
  ])('%j are %s', (names, folded) => {
    expect(foldNames(names)).toBe(folded);
  });

  test('stand for the same names, whatever their numbers and zeros', () => {
    const number = fc.oneof(
      fc.integer({ min: 0, max: 120 }).map(String),
      fc
        .tuple(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 1, max: 4 }))
        .map(([value, width]) => String(value).padStart(width, '0')),
      fc.stringMatching(/^\d{8,12}$/),
    );
    const host = fc
      .tuple(
        fc.constantFrom('web', 'r1-n', 'x-', ''),
        number,
        fc.constantFrom('', '.dc', '-b.ex'),
        fc.option(number),
      )
      .map(
        ([before, first, between, second]) =>
          `${before}${first}${between}${second === null ? '' : `a${second}`}`,
      );
    const name = fc
      .tuple(fc.constantFrom('', 'root@'), host, fc.constantFrom('', ':22', ':2222'))
      .map((parts) => parts.join(''));
    const address = fc.integer({ min: 0, max: 300 }).map((last) => `[fe80::${last.toString(16)}]:22`);
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 9, arbitrary: name }, address), { minLength: 1, maxLength: 60 }),
        (names) => {
          const expanded = expand(foldNames(names));
          expect(expanded.toSorted()).toEqual([...new Set(names)].sort());
        },
      ),
      { numRuns: often(500, 5_000) },
    );
  });
});

describe('--fold', () => {
  test('shows each output once, the most common first, under the names of its nodes', async () => {
    const events = [
      says(db, 'old\n'),
      ends(db),
      ...[web3, web1, web2].flatMap((node) => [says(node, 'ne'), says(node, 'w\n'), ends(node)]),
    ];
    expect(await play(events, fold)).toEqual({
      stdout: '==> web[1-3] (3 nodes) <==\nnew\n==> db <==\nold\n',
      stderr: '',
    });
  });

  test('keeps the streams apart: nodes are equal when both are, in whatever order their bytes came', async () => {
    const events = [
      says(web1, 'out'),
      says(web1, 'err', 'stderr'),
      says(web2, 'err', 'stderr'),
      says(web2, 'out'),
      says(web3, 'outerr'),
      says(db, 'out'),
    ];
    expect(await play(events, fold)).toEqual({
      stdout: '==> web[1-2] (2 nodes) <==\nout\n==> web3 <==\nouterr\n==> db <==\nout\n',
      stderr: '==> web[1-2] (2 nodes), stderr <==\nerr\n',
    });
  });

  test('names the nodes that said nothing where others did, and prints nothing where none did', async () => {
    const quiet = [ends(web1), ends(web2)];
    expect((await play(quiet, fold)).stdout).toBe('');
    expect((await play([...quiet, says(db, 'x\n'), ends(db)], fold)).stdout).toBe(
      '==> web[1-2] (2 nodes), no output <==\n==> db <==\nx\n',
    );
  });

  test('does not fold what the receiver of an upload says, nor what comes after the end of a command', async () => {
    const tar: RunEvent = { ...(says(web1, 'tar: x\n', 'stderr') as OutputEvent), from: 'tar' };
    const events = [tar, ends(web1), says(web1, 'same\n'), ends(web1), says(web1, 'late\n')];
    expect(await play([...events, says(web2, 'same\n'), ends(web2)], fold)).toEqual({
      stdout: 'web1 late\n==> web[1-2] (2 nodes) <==\nsame\n',
      stderr: 'web1 {tar} tar: x\n',
    });
  });

  test('S9: makes what a terminal would obey visible, also in a diff', async () => {
    const events = [says(web1, 'a\nb\n'), says(web2, 'a\nb\n'), says(db, 'a\n\x1b]0;mine\x07\n')];
    const { stdout } = await play(events, { nodes, fold: 'diff' }, { isTTY: true });
    expect(stdout).toContain('\n a\n-b\n+^[]0;mine^G\n');
  });

  test('any outputs in any order: each is printed once, with exactly the nodes that have it', async () => {
    const text = fc.constantFrom('', 'a\n', 'b\n', 'a\nb\n', 'long'.repeat(40_000));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, text, fc.boolean()), { minLength: 1, maxLength: 8 }),
        async (outputs) => {
          const all = outputs.map((_, index) => makeNode(`n${index}`));
          const events = outputs.flatMap(([out, err, isEnded], index): RunEvent[] => {
            const node = all[index] as Node;
            return [says(node, out), says(node, err, 'stderr'), ...(isEnded ? [ends(node)] : [])];
          });
          const printed = await play(events, { nodes: all, fold: 'same' });
          const shown = (stream: Stream) =>
            printed[stream].split(/^==> /m).flatMap((part) => {
              const [title = '', body] = part.split(/ <==\n/);
              const names = title.replace(/(?: \(\d+ nodes\))?(?:, (?:stderr|no output))?$/, '');
              return body ? expand(names).map((name) => [name, body.trimEnd()]) : [];
            });
          for (const [index, stream] of (['stdout', 'stderr'] as const).entries()) {
            const expected = outputs.flatMap((output, at) =>
              output[index] === '' ? [] : [[`n${at}`, String(output[index]).trimEnd()]],
            );
            expect(shown(stream).toSorted()).toEqual(expected.toSorted());
          }
        },
      ),
      { numRuns: often(60) },
    );
  });

  test('shows all of what went to disk meanwhile', async () => {
    const { output, stdout } = makeBench({ nodes, fold: 'same' });
    const piece = Buffer.from('x'.repeat(1023).concat('\n').repeat(400));
    for (let count = 0; count < 60; count++) {
      for (const node of nodes) await hear(output, says(node, piece));
    }
    await hear(output, says(db, 'more\n'));
    for (const node of nodes) hear(output, ends(node));
    await output.close();
    const size = 60 * piece.length;
    expect(stdout.text.length).toBe(2 * size + '==> web[1-3] (3 nodes) <==\n==> db <==\nmore\n'.length);
  });

  test('gives up folding, not the bytes, when the disk is full', async () => {
    const { terminal, stdout } = makeBench({ nodes });
    const warn = vi.fn();
    const spill = new Spill();
    spill.append = () => Promise.reject(new Error('no space left on device'));
    const next = new SourceLines(prefixedFormat(nodes, terminal), terminal);
    const folded = new Folded(next, new FoldPrinter({ how: 'same', nodes, terminal }), warn, spill);
    const says = (node: Node, text: string) =>
      folded.output({ type: 'output', node, stream: 'stdout', chunk: Buffer.from(text) });
    await says(db, 'early\n');
    folded.end(db);
    const big = `${'y'.repeat(60_000)}\n`;
    for (let count = 0; count < 40; count++) await says(web1, big);
    await says(web1, 'last\n');
    folded.end(web1);
    await folded.drain();
    await terminal.flush();
    expect(warn).toHaveBeenCalledTimes(1);
    expect(stdout.text).toBe(`==> db <==\nearly\n${`web1 ${big}`.repeat(40)}web1 last\n`);
  });
});

describe('--fold=diff', () => {
  const diff = { nodes, fold: 'diff' } as const;
  const common = [web1, web2].map((node) => says(node, 'a\nb\nc\n'));

  test('shows the most common output whole, and the others as a diff against it', async () => {
    const events = [...common, says(web3, 'a\nB\nc\n'), says(db, 'a\nb\nc')];
    expect((await play(events, diff)).stdout).toBe(`==> web[1-2] (2 nodes) <==
a
b
c
==> web3 <==
--- web[1-2]
+++ web3
@@ -1,3 +1,3 @@
 a
-b
+B
 c
==> db <==
--- web[1-2]
+++ db
@@ -1,3 +1,3 @@
 a
 b
-c
+c
\\ No newline at end of file
`);
  });

  test('leaves out a stream that is equal, and shows one whole that the most common does not have', async () => {
    const events = [...common, says(db, 'a\nb\nc\n'), says(db, 'oh\n', 'stderr')];
    expect(await play(events, diff)).toEqual({
      stdout: '==> web[1-2] (2 nodes) <==\na\nb\nc\n',
      stderr: '==> db, stderr <==\noh\n',
    });
  });

  test('shows whole what is too large or too different for a diff', async () => {
    const lines = (word: string) => Array.from({ length: 1500 }, (_, at) => `${word}${at}\n`).join('');
    const huge = 'z'.repeat(LIMITS.foldDiffBytesMax + 1);
    const { stdout } = await play([...common, says(web3, lines('l')), says(db, huge)], diff);
    expect(stdout).toContain(`==> web3, too different for a diff <==\n${lines('l')}`);
    expect(stdout).toContain(`==> db, too large for a diff <==\n${huge}\n`);
  });
});
