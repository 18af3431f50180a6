// @module-tag slow: left out of npm run test:quick
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { OutputEvent, RunEvent } from '../../../src/core/events.ts';
import type { Node } from '../../../src/core/node.ts';
import type { NodeOutput } from '../../../src/output/format.ts';
import { Serial } from '../../../src/output/serial.ts';
import { Spill } from '../../../src/output/spill.ts';
import { often } from '../../often.ts';
import { ends, hear, makeBench, makeNode, play, says } from './fixtures.ts';

const nodes = ['a', 'b', 'c'].map((host) => makeNode(host)) as [Node, Node, Node];
const [a, b, c] = nodes;

/** Collects what is printed, by node, in order. */
function recorder() {
  const printed: string[] = [];
  const next: NodeOutput = {
    output: async ({ node, chunk }: OutputEvent) => {
      await Promise.resolve();
      printed.push(`${node.host}${chunk}`);
    },
    end: (node) => printed.push(`${node.host}.`),
    drain: async () => {},
  };
  return { printed, next };
}

const big = (text: string) => text.repeat(300_000);
const output = (node: Node, chunk: string, stream: 'stdout' | 'stderr' = 'stdout'): OutputEvent => ({
  type: 'output',
  node,
  stream,
  chunk: Buffer.from(chunk),
});

describe('--serial', () => {
  test('gives the output to one node after the other, in the order in which they spoke, in every interleaving', async () => {
    const stories = nodes.map((node) => [
      says(node, `${node.host}1\n`),
      says(node, `${node.host}2\n`),
      ends(node),
    ]);
    for (const order of interleavings([...nodes, ...nodes, ...nodes])) {
      const untold = new Map(nodes.map((node, index) => [node, [...(stories[index] ?? [])]]));
      const events = order.flatMap((node) => untold.get(node)?.shift() ?? []);
      const { stdout } = await play(events, { nodes, serial: true });
      const spoke = [...new Set(order)].map(({ host }) => host);
      expect(stdout).toBe(spoke.map((host) => `${host} ${host}1\n${host} ${host}2\n`).join(''));
    }
  });

  test('never holds back a node that has to wait, so that a sync tool cannot hang; what is too much goes to disk', async () => {
    const { printed, next } = recorder();
    const serial = new Serial(next, expect.fail);
    await serial.output(output(a, 'first'));
    for (let count = 0; count < 40; count++) await serial.output(output(b, big('b')));
    await serial.output(output(c, 'small', 'stderr'));
    serial.end(b);
    serial.end(c);
    expect(printed).toEqual(['afirst']);
    serial.end(a);
    await serial.drain();
    expect(printed.slice(1, 2)).toEqual(['a.']);
    expect(printed.slice(2, -3)).toEqual(Array.from({ length: 40 }, () => `b${big('b')}`));
    expect(printed.slice(-3)).toEqual(['b.', 'csmall', 'c.']);
  });

  test('loses and reorders nothing of any node, whatever goes to disk and whenever nodes end', async () => {
    const step = fc.record({
      node: fc.constantFrom(...nodes),
      size: fc.constantFrom(1, 1, 70_000, 400_000, undefined),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { printed, next } = recorder();
        const serial = new Serial(next, expect.fail);
        const sent = new Map<string, string>(nodes.map(({ host }) => [host, '']));
        const ended = new Set<Node>();
        for (const [index, { node, size }] of steps.entries()) {
          if (ended.has(node)) continue;
          if (size === undefined) ended.add(node);
          const text = String.fromCharCode(0x41 + index).repeat(size ?? 0);
          sent.set(node.host, sent.get(node.host) + text);
          if (size === undefined) serial.end(node);
          else if (index % 2 === 0) await serial.output(output(node, text));
          else void serial.output(output(node, text));
        }
        await serial.drain();
        const texts = printed.filter((text) => !text.endsWith('.'));
        for (const { host } of nodes) {
          expect(
            texts
              .filter((text) => text[0] === host)
              .map((text) => text.slice(1))
              .join('') === sent.get(host),
          ).toBe(true);
        }
        const owners = texts.map((text) => text[0]).filter((host, index, all) => host !== all[index - 1]);
        expect(owners).toEqual([...new Set(owners)]);
      }),
      { numRuns: often(40) },
    );
  });

  test('gives up the order, not the bytes, when the disk is full', async () => {
    const { printed, next } = recorder();
    const warn = vi.fn();
    const spill = new Spill();
    spill.append = () => Promise.reject(new Error('no space left on device'));
    const serial = new Serial(next, warn, spill);
    await serial.output(output(a, '1'));
    for (let count = 0; count < 6; count++) await serial.output(output(b, big('b')));
    await serial.output(output(a, '2'));
    await serial.output(output(b, '3'));
    await serial.drain();
    expect(warn).toHaveBeenCalledTimes(1);
    expect(printed.filter((text) => text.startsWith('a'))).toEqual(['a1', 'a2']);
    expect(printed.filter((text) => /^b[^.]/.test(text))).toEqual([...Array(6).fill(`b${big('b')}`), 'b3']);
  });

  test('prints what is left of nodes that never ended before the report', async () => {
    const events: RunEvent[] = [says(a, 'a'), says(b, 'b'), { type: 'finished', outcomes: [], exitCode: 0 }];
    expect((await play(events, { nodes, serial: true })).stdout).toBe('a a\nb b\n');
  });

  test('waits for a terminal that nobody reads without stopping the event loop', async () => {
    const { stdout, output: out } = makeBench({ nodes, serial: true });
    stdout.isStuck = true;
    await hear(out, says(a, `${big('a')}\n`));
    for (let count = 0; count < 80; count++) await hear(out, says(b, `${big('b')}\n`));
    hear(out, ends(a));
    hear(out, ends(b));
    const closed = out.close();
    stdout.release();
    await closed;
    expect(stdout.text.replaceAll(/(b )|\n/g, '').length).toBe(80 * 300_000 + 300_000 + 5 * 2);
  });
});

/** All distinct orders of these. */
function* interleavings<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (const item of new Set(items)) {
    const rest = [...items];
    rest.splice(rest.indexOf(item), 1);
    for (const tail of interleavings(rest)) yield [item, ...tail];
  }
}
