/** What a look prints. */
import { expect, test } from 'vitest';
import type { Differing } from '../../../src/core/events.ts';
import { LOOK_LIMITS } from '../../../src/core/limits/look.ts';
import { type Node, nodeId } from '../../../src/core/node.ts';
import { NodeNames } from '../../../src/output/labels.ts';
import { differenceJson, differenceText } from '../../../src/output/report/differences.ts';
import { linesOf } from '../../../src/run/look/lines.ts';
import { Groups } from '../../../src/run/survey/groups.ts';
import { Difference } from '../../../src/transfer/difference/difference.ts';
import { Extras } from '../../../src/transfer/difference/extras.ts';
import { wantedAt } from '../../../src/transfer/difference/wanted.ts';
import type { Entry } from '../../../src/transfer/entry.ts';

const nodeNamed = (host: string): Node => ({
  id: nodeId('root', host, 22),
  user: 'root',
  host,
  port: 22,
  given: host,
});
const NODES = Array.from({ length: 100 }, (_, at) => nodeNamed(`web${at + 1}`));
const NAMES = new NodeNames(NODES);
const TEXT = { of: (event: Differing) => differenceText(event, NAMES) };
const extrasOf = (member: string): Extras => {
  const extras = new Extras({ isWanted: () => false, max: 1 });
  extras.hear(member, false);
  extras.end();
  return extras;
};
const differing = (given: Partial<Differing>): Differing => ({
  look: 'dry-run',
  kind: 'content',
  attributes: [],
  path: '/etc/nginx.conf',
  isDirectory: false,
  nodes: NODES.slice(0, 40),
  ...given,
});

test.each<[given: Partial<Differing>, line: string]>([
  [{}, '~ /etc/nginx.conf  web[1-40]\n'],
  [{ kind: 'new', nodes: NODES.slice(40, 41) }, '+ /etc/nginx.conf  web41\n'],
  [{ kind: 'new', isDirectory: true, path: '/srv' }, '+ /srv/  web[1-40]\n'],
  [{ kind: 'attributes', attributes: ['mode', 'time'] }, 'm /etc/nginx.conf (mode, time)  web[1-40]\n'],
  [{ kind: 'clash', isDirectory: true }, '! /etc/nginx.conf/ (no directory there)  web[1-40]\n'],
  [
    { look: 'audit', kind: 'attributes', attributes: ['mode', 'owner'] },
    'mode,owner /etc/nginx.conf  web[1-40]\n',
  ],
  [{ look: 'audit', kind: 'new' }, 'missing    /etc/nginx.conf  web[1-40]\n'],
  [{ look: 'audit', kind: 'extra' }, 'extra      /etc/nginx.conf  web[1-40]\n'],
  [{ path: '/a\n\x1b[2Jb' }, '~ /a^J^[[2Jb  web[1-40]\n'],
])('%j is one line', (given, line) => {
  expect(TEXT.of(differing(given))).toBe(line);
});

test('S9: the lines of a diff go through the sanitiser, and are bounded', () => {
  const bytes = (there: string | Buffer, here: string | Buffer) => ({
    there: Buffer.from(there),
    here: Buffer.from(here),
  });
  const text = (there: string | Buffer, here: string) => TEXT.of(differing({ bytes: bytes(there, here) }));
  expect(text('a\nold\x1b]0;x\x07\n', 'a\nnew\n')).toContain('\n-old^[]0;x^G\n+new\n');
  expect(text(Buffer.from([0, 1]), 'a')).toContain('no text: the bytes differ\n');
  expect(text(Buffer.from([0xff]), 'a')).toContain('no text: the bytes differ\n');
  const long = Array.from({ length: 500 }, (_, at) => `line ${at}\n`).join('');
  const lines = text('', long).split('\n');
  expect(lines.length).toBeLessThan(210);
  expect(lines.at(-2)).toMatch(/^and \d+ lines more$/);
  const added = (here: string | Buffer) => {
    const shown = TEXT.of(differing({ kind: 'new', bytes: bytes('', here) }));
    return shown.slice(shown.indexOf('\n') + 1);
  };
  expect(added('a\n\x1b]0;x\x07')).toMatch(
    /^--- \/dev\/null\n\+\+\+ \S+ \(here\)\n@@ -0,0 \+1,2 @@\n\+a\n\+\^\[\]0;x\^G\n\\ No newline at end of file\n$/,
  );
  expect(added('')).toBe('');
  expect(added(Buffer.from([0xff]))).toBe('no text\n');
  expect(added('line\n'.repeat(5_000)).split('\n')).toHaveLength(LOOK_LIMITS.diffLinesMax + 2);
  expect(TEXT.of(differing({ kind: 'new', bytes: 'too-long' }))).toContain('\ntoo long to be shown\n');
  expect(JSON.parse(differenceJson(differing({ bytes: bytes('a\n', 'b\n') }))).difference.diff).toContain(
    '-a\n+b\n',
  );
});

test.each(['new', 'content'] as const)(
  'S9: a path of two lines forges no line in the head of a diff: %s',
  (kind) => {
    const event = differing({
      kind,
      path: '/srv/a\n2026-01-01 00:00:00 [FATAL] forged',
      bytes: { there: Buffer.from('a\n'), here: Buffer.from('b\n') },
    });
    for (const text of [TEXT.of(event), JSON.parse(differenceJson(event)).difference.diff])
      expect(text).toMatch(/^\+\+\+ \/srv\/a\^J2026-01-01 00:00:00 \[FATAL\] forged \(here\)$/m);
  },
);

test('an audit of 100 nodes of which 3 have drifted is three lines, with the right nodes', () => {
  const file: Entry = {
    type: 'file',
    member: 'etc/f',
    source: '/etc/f',
    mode: 0o100644,
    uid: 0,
    gid: 0,
    mtimeNs: 5n,
    size: 3,
    dev: 1n,
    ino: 1n,
  };
  const link: Entry = { ...file, type: 'symlink', member: 'etc/l', target: 'f' };
  const collection = {
    entries: [file, link],
    roots: ['etc/f', 'etc/l'],
    isAbsolute: true,
    base: 'etc',
    bytes: 3,
    files: 2,
    leftOut: [],
  };
  const there = wantedAt(collection, { path: '/', keepsDirectories: false });
  const groups = new Groups<Difference, Node>((difference) => difference.identity(false));
  for (const [index, node] of NODES.entries()) {
    const difference = new Difference(there, {
      ...{ ownership: { preserveUid: true, preserveGid: true }, uid: 0 },
      ...{ keepsDirectories: false, comparesContents: false, isAudit: true },
    });
    const facts = { uid: 0, gid: 0, links: 1, mtimeNs: 5n, inode: '1:1', target: undefined };
    for (const [at, { path, isBehindLink }] of there.asks.entries()) {
      const isMissing = index === 70 && path === '/etc/l';
      if (path === '/etc') difference.see(at, { ...facts, mode: 0o040755, size: 0 });
      else if (isBehindLink) difference.see(at, { ...facts, mode: 0o040755, size: 0 });
      else if (path === '/etc/f')
        difference.see(at, { ...facts, mode: 0o100644, size: index === 2 || index === 3 ? 4 : 3 });
      else if (path === '/etc/l' && !isMissing)
        difference.see(at, { ...facts, mode: 0o120777, size: 1, target: 'f' });
    }
    difference.end();
    if (index === 3) difference.extras = extrasOf('etc/more');
    groups.add(node, difference);
  }
  const lines = [...linesOf(groups.inOrderOf(NODES))].map((line) => TEXT.of({ ...line, look: 'audit' }));
  expect(lines).toEqual([
    'content    /etc/f  web[3-4]\n',
    'missing    /etc/l  web71\n',
    'extra      /etc/more  web4\n',
  ]);
});
