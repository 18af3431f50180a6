// @module-tag slow: left out of npm run test:quick
/** A byte that somebody with all rights flips on a node is seen, in any file, at any place. */
import { spawnSync } from 'node:child_process';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { often } from '../../often.ts';
import { sha256, stageOf } from './relocation-node.ts';
import { NODES, put, relocationsOn } from './relocations.ts';

const SECOND = 1_600_000_000;
const FILES = [1, 300, 5_000, 300_000].map((size, at) => ({
  size,
  name: `app/${'deep/'.repeat(at)}${at} file`,
}));

const place = fc.constantFrom(...FILES).chain(({ name, size }) => {
  const flipped = { at: fc.nat(size - 1), by: fc.integer({ min: 1, max: 255 }) };
  return fc.record({ name: fc.constant(name), ...flipped });
});

describe.each(NODES)('a node with $tools under $shell', (kind) => {
  const { nodeWith, comparable } = relocationsOn(kind);

  const nodeWithFiles = (old: readonly string[]) => {
    const node = nodeWith([], old);
    for (const { size, name } of FILES) {
      put(node.source, name, 'x'.repeat(size));
      utimesSync(join(node.source, name), SECOND, SECOND);
    }
    return node;
  };

  it('F4: a byte that is flipped in the stage is seen, wherever it is', () => {
    // What makes links to old files is done once.
    const node = nodeWithFiles([]);
    const received = node.receive(node.archive(['app']));
    expect(received.stdout, received.stderr).toMatch(/STAGED\n$/);
    const stage = stageOf(received);
    const prepare = () => {
      const words = [...kind.words, '-c', '. ./executor', 'sh', 'prepare'];
      const env = { PATH: join(node.top, 'bin') };
      const ended = spawnSync(join(node.top, 'bin', words[0] ?? ''), words.slice(1), {
        cwd: stage,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      return { code: ended.status, said: `${ended.stdout}` };
    };
    fc.assert(
      fc.property(place, ({ name, at, by }) => {
        const path = join(stage, 'tree', name);
        const { whole, sums } = flip(path, { at, by });
        const error = `${name}: its bytes are not those that were sent: ${sums}`;
        expect(prepare()).toEqual({ code: 1, said: error });
        writeFileSync(path, whole);
      }),
      // The others take longer to start.
      { numRuns: often(kind.tools === 'perl' ? 50 : 15, 100) },
    );
    expect(prepare()).toEqual({ code: 0, said: '' });
    expect(node.commit(stage).stdout).toBe('TOKEN COMMITTED\n');
  });

  it('F4: with --paranoid a byte that is flipped after the proof is seen in place, and all is taken back', () => {
    const node = nodeWithFiles(['app/0 file', 'app/deep/1 file', 'app/old']);
    const archive = node.archive(['app'], { isParanoid: true });
    const before = comparable(node);
    fc.assert(
      fc.property(place, ({ name, at, by }) => {
        const stage = stageOf(node.receive(archive));
        const path = join(stage, 'tree', name);
        const { sums } = flip(path, { at, by });
        // What writes to a disk and not to a file leaves its time.
        utimesSync(path, SECOND, SECOND);
        const file = join(node.destination, name);
        const error = `${file}: its bytes are not those that were sent: ${sums}; what was begun is taken back`;
        expect(node.commit(stage).stdout).toBe(`TOKEN ERROR ${error}\nTOKEN EXIT 1\n`);
        expect(comparable(node)).toEqual(before);
      }),
      { numRuns: often(5, 100) },
    );
    expect(node.commit(stageOf(node.receive(archive))).stdout).toBe('TOKEN COMMITTED\n');
  });
});

/** What the file was, and what is told of its sums. */
function flip(path: string, { at, by }: { at: number; by: number }): { whole: Buffer; sums: string } {
  const whole = readFileSync(path);
  const other = Buffer.from(whole);
  other[at] = (other[at] ?? 0) ^ by;
  writeFileSync(path, other);
  return { whole, sums: `sha256 ${sha256(other)} for ${sha256(whole)}` };
}
