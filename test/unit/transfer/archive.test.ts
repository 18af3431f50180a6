// @module-tag slow: left out of npm run test:quick
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRoots } from '../../../src/transfer/layout.ts';
import { anyText } from '../../any-text.ts';
import {
  type Item,
  inTemporary,
  isRoot,
  listLinks,
  listTree,
  makeTree,
  pack,
  TARS,
  unpack,
} from './trees.ts';

const long = 'n'.repeat(255);

/** Names, modes and times on which archives and shells are known to stumble. */
const HOSTILE: readonly Item[] = [
  { path: 'plain', type: 'file', contents: 'x', mode: 0o644, mtime: '1700000000' },
  { path: 'with space', type: 'file', contents: 'a'.repeat(512), mtime: '1700000000.123456789' },
  { path: 'new\nline', type: 'file', contents: 'b'.repeat(513) },
  { path: `quote'"\`\\`, type: 'file', contents: 'c' },
  { path: '$(touch injected)', type: 'file', contents: 'd' },
  { path: '-rf', type: 'file', contents: 'e' },
  { path: '--checkpoint-action=exec=sh', type: 'file', contents: 'f' },
  { path: 'größe-日本-🔒', type: 'file', contents: 'g' },
  { path: '\t\x1b[31m', type: 'file', contents: 'h' },
  { path: 'empty file', type: 'file' },
  { path: 'empty directory', type: 'directory', mode: 0o700, mtime: '1000000000.5' },
  { path: 'n'.repeat(101), type: 'file', contents: 'i' },
  { path: long, type: 'directory', mode: 0o755 },
  { path: `${long}/${long}`, type: 'directory', mode: 0o1777 },
  { path: `${long}/${long}/${long}`, type: 'file', contents: 'j' },
  { path: 'mode 0000', type: 'file', contents: 'k', mode: isRoot ? 0 : 0o400 },
  { path: 'setuid', type: 'file', contents: 'l', mode: 0o4755 },
  { path: 'setgid directory', type: 'directory', mode: 0o2775 },
  { path: 'at the epoch', type: 'file', contents: 'm', mtime: '0' },
  { path: 'before the epoch', type: 'file', contents: 'n', mtime: '-1.5' },
  { path: 'after 2038', type: 'file', contents: 'o', mtime: '2208988800.000000001' },
  { path: 'dangling', type: 'symlink', to: 'no such file' },
  { path: 'to the root', type: 'symlink', to: '/', mtime: '1234567890.987654321' },
  { path: 'upwards', type: 'symlink', to: '../../../etc/passwd' },
  { path: 'long link', type: 'symlink', to: `${'t'.repeat(200)}/${'ü'.repeat(100)}` },
  { path: 'second name', type: 'hardlink', to: 'plain' },
  { path: `${long}/third name`, type: 'hardlink', to: 'plain' },
  { path: 'ends in a blank ', type: 'file', contents: 'p' },
  { path: 'tree', type: 'directory' },
  { path: 'tree/roots', type: 'file', contents: 'not the marker' },
  { path: 'larger than a block', type: 'file', contents: Buffer.alloc(600 * 1024 + 7, 'block') },
];

/**
 * busybox knows neither fractions nor years beyond 2038, leaves directories with the time of unpacking, and
 * sets the setuid and setgid bits as root only.
 */
function asBusybox(listed: Map<string, string>): Map<string, string> {
  const round = (facts: string) =>
    facts.replace(/^(.) (\d+) (\S+ \S+ \S+) (-?\d+)\.\d+ /, (_, type, octal, owner, seconds) => {
      const mode = Number.parseInt(octal, 8) & (isRoot || type === 'l' ? 0o7777 : 0o1777);
      const time = Math.min(Math.max(Number(seconds), 0), 2 ** 31 - 1);
      return `${type} ${mode.toString(8)} ${owner} ${type === 'f' ? time : '-'} `;
    });
  return new Map([...listed].map(([name, facts]) => [name, round(facts)]));
}

describe.each(TARS)('an archive unpacked by $name', ({ name, argv }) => {
  const seen = name === 'GNU tar' ? (listed: Map<string, string>) => listed : asBusybox;

  async function roundTrip(items: readonly Item[]) {
    await inTemporary(async (directory) => {
      const top = join(directory, 'source');
      makeTree(top, items);
      const { bytes, collection } = await pack([top]);
      const { status, stderr } = unpack(argv, bytes, join(directory, 'stage'));
      expect(stderr.replace(/^.*(implausibly old|in the future).*\n/gm, '')).toBe('');
      expect(status).toBe(0);
      const arrived = join(directory, 'stage/tree', top);
      expect(seen(listTree(arrived))).toEqual(seen(listTree(top)));
      expect(listLinks(arrived)).toEqual(listLinks(top));
      for (const entry of collection.entries) {
        if (entry.type !== 'file') continue;
        const copy = readFileSync(join(directory, 'stage/tree', entry.member));
        expect(copy.equals(readFileSync(entry.source)), entry.member).toBe(true);
      }
      expect(readFileSync(join(directory, 'stage/roots'), 'utf8')).toBe(formatRoots(collection.roots));
    });
  }

  it('F7: has every hostile name, link, mode and time as it was', () => roundTrip(HOSTILE));

  it('F7: has any tree of any UTF-8 names as it was', async () => {
    const component = anyText({ minLength: 1, maxLength: 60 }).filter(
      (text) => !/[/\0]/.test(text) && text !== '.' && text !== '..' && Buffer.byteLength(text) <= 255,
    );
    const item = fc.record({
      path: fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
      type: fc.constantFrom('file', 'directory', 'symlink' as const),
      contents: fc.uint8Array({ maxLength: 2000 }),
      to: component,
      mode: fc.integer({ min: 0, max: 0o7777 }).map((mode) => mode | (isRoot ? 0 : 0o700)),
    });
    const trees = fc.uniqueArray(item, { maxLength: 8, selector: ({ path }) => path.split('/')[0] });
    await fc.assert(fc.asyncProperty(trees, roundTrip), { numRuns: 15 });
  });

  it('F3: cut at any block never shows a whole list of roots before everything else is there', async () => {
    await inTemporary(async (directory) => {
      const names = Array.from({ length: 12 }, (_, index) => `${index} ${'r'.repeat(60)}`);
      makeTree(
        join(directory, 'source'),
        names.map((path) => ({ path, type: 'file', contents: path })),
      );
      const { bytes } = await pack(names.map((path) => join(directory, 'source', path)));
      const wholeFrom = bytes.length - 1024;
      for (let cut = 0; cut <= bytes.length; cut += 512) {
        const stage = join(directory, `stage-${cut}`);
        unpack(argv, bytes.subarray(0, cut), stage);
        expect(isWhole(stage), `cut at ${cut} of ${bytes.length}`).toBe(cut >= wholeFrom);
      }
    });
  });

  function isWhole(stage: string): boolean {
    try {
      return readFileSync(join(stage, 'roots'), 'utf8').split('\n').at(-2) === '/end';
    } catch {
      return false;
    }
  }
});

it('F3: the list of roots keeps one root a line, whatever is in its name', () => {
  expect(formatRoots(['a', 'b\\n', 'c\nend'])).toBe('a\nb\\\\n\nc\\nend\n/end\n');
});
