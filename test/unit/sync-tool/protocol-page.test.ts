// @module-tag slow: left out of npm run test:quick
/** The examples of docs/PROTOCOL.md, run as they stand there. */
import { beforeAll, describe, expect, it } from 'vitest';
import { firstBlock, isInstalled, makeLibrary, readPage, runTogether } from './library.ts';

beforeAll(makeLibrary);

const protocolPage = readPage('../../../docs/PROTOCOL.md');

describe('the protocol page', () => {
  it.runIf(isInstalled('dash'))('has a sh example that works', async () => {
    const block = firstBlock(protocolPage, 'sh');
    const { codes, printed } = await runTogether([1, 2, 3].map(() => ['dash', '-c', block]));
    expect(codes).toEqual([0, 0, 0]);
    expect(printed.toSorted()).toEqual(['0 all are ready', '1 all are ready', '2 all are ready']);
  });

  it.runIf(isInstalled('python3'))(
    'has a Python example that works, and gives up when another tool dies',
    async () => {
      const block = firstBlock(protocolPage, 'python');
      const all = await runTogether([1, 2, 3].map(() => ['python3', '-c', block]));
      expect(all.codes).toEqual([0, 0, 0]);
      expect(all.printed.toSorted()).toEqual(['0 all are ready', '1 all are ready', '2 all are ready']);
      for (const [other, code] of [
        ['false', 1],
        ['true', 0],
      ] as const) {
        const one = await runTogether([['python3', '-c', block], [other]]);
        expect(one.codes).toEqual([1, code]);
      }
    },
  );
});
