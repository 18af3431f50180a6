// @module-tag slow: left out of npm run test:quick
/** An archive of whole seconds, as nodes get that carry out plans with python: the executor sets the rest of each time by the list. */
import {
  linkSync,
  lstatSync,
  lutimesSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXECUTORS } from '../../../src/node/executors.ts';
import { stageOf } from './relocation-node.ts';
import { NODES, put, relocationsOn } from './relocations.ts';
import { sentArchive } from './sent-archive.ts';
import { tampered } from './tampered.ts';

// What busybox sets has whole seconds anyway.
describe.each(NODES.filter(({ tools }) => tools !== 'busybox'))(
  'a node with $tools under $shell',
  ({ tools, words }) => {
    const { nodeWith } = relocationsOn({ tools, words });
    const names = [
      'app',
      'app/sub',
      'app/sub/f',
      'app/sub/empty',
      "app/it's",
      'app/large',
      'app/first',
      'app/second',
      'app/to',
    ];

    it('F7: times are those of the sources to the nanosecond, of files, links and directories, old and new', async () => {
      for (const old of [[], ['app/sub/f', 'app/sub/other', 'app/large']]) {
        const node = nodeWith(['app/sub/f', "app/it's", 'app/large', 'app/first'], old);
        put(node.source, 'app/sub/empty', '');
        truncateSync(join(node.source, 'app/large'), 700_001);
        linkSync(join(node.source, 'app/first'), join(node.source, 'app/second'));
        symlinkSync('nowhere', join(node.source, 'app/to'));
        for (const [at, name] of [...names].reverse().entries())
          lutimesSync(join(node.source, name), 1e9, 1_500_000_000.123456 + at * 1.000_321);
        const received = node.receive(await sentArchive(node, ['app'], { isOfSeconds: true }));
        expect(received.stdout, received.stderr).toMatch(/STAGED\n$/);
        expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
        const timesBelow = (top: string) =>
          names.map((name) => lstatSync(join(top, name), { bigint: true }).mtimeNs);
        expect(timesBelow(node.destination)).toEqual(timesBelow(node.source));
        expect(readFileSync(join(node.destination, 'app/large')).length).toBe(700_001);
      }
    });

    it('F1: a byte that was flipped in the stage, and a time that was set there, hide nothing', async () => {
      const node = nodeWith(['app/f', 'app/g']);
      utimesSync(join(node.source, 'app/f'), 1e9, 1_500_000_000.5);
      const archive = await sentArchive(node, ['app'], { isOfSeconds: true });
      const flip = 'printf X | dd of=tree/app/f conv=notrunc 2>/dev/null; touch -d @1400000000 tree/app/f';
      const refused = node.receive(archive, { text: tampered('unpacked', flip) });
      expect(refused.stdout).toMatch(/ERROR app\/f: its bytes are not those that were sent/);
      const late = node.receive(archive, { text: tampered('unpacked', 'touch -d @1400000000 tree/app/f') });
      expect(late.stdout, late.stderr).toMatch(/STAGED\n$/);
      expect(node.commit(stageOf(late)).stdout).toBe('TOKEN COMMITTED\n');
      expect(lstatSync(join(node.destination, 'app/f')).mtimeMs).toBe(1_500_000_000_500);
    });
  },
);

describe.each(NODES.filter(({ tools }) => tools === 'perl' || tools === 'python3'))(
  'a node with $tools under $shell',
  ({ tools, words }) => {
    it.each([false, true])(
      'F7: a time that was changed in place is told, and not set: --paranoid %s',
      async (isParanoid) => {
        const node = relocationsOn({ tools, words }).nodeWith(['app/a'], ['app/a']);
        const programs = EXECUTORS.map(({ name, text }) => ({
          name,
          text: text
            .replace('def prove():\n', 'def prove():\n os.utime(header["destination"] + b"/app/a", (1, 1))\n')
            .replace('sub prove {\n', 'sub prove {\n utime 1, 1, "$destination/app/a";\n'),
        }));
        const received = node.receive(await sentArchive(node, ['app'], { programs, isParanoid }));
        const { stdout } = node.commit(stageOf(received));
        expect(stdout).toMatch(/app\/a has another time than it was sent with; what was begun is taken back/);
      },
    );
  },
);
