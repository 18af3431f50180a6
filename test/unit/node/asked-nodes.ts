/** A node whose files are asked about, and its answers. */
import {
  chmodSync,
  linkSync,
  lstatSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ASK_PATHS_TEXT } from '../../../src/node/texts.ts';
import { SEEN_FORMAT, type Seen } from '../../../src/transfer/difference/seen.ts';
import { LOCK, RelocationNode, RUN, type Tools } from './relocation-node.ts';

const NAMES = [
  'plain',
  'a',
  'a\nb',
  "it's",
  'back\\slash',
  'new\nline',
  '\n',
  'ret\rurn',
  '"quoted"',
  'ü ß 漢',
  '$(id)',
  ' -> plain',
  'x'.repeat(255),
  'missing',
  'a\n81a4 0 0 1 1 1 1 1 2020-01-01 00:00:00 b',
];

export function filled(shell: readonly string[], tools: Tools): { node: RelocationNode; paths: string[] } {
  const node = new RelocationNode(shell, tools);
  const paths = NAMES.map((name) => join(node.destination, name));
  for (const [index, path] of paths.entries()) {
    if (path.endsWith('/missing')) continue;
    writeFileSync(path, path);
    utimesSync(path, 1e9, index % 2 === 0 ? 1_600_000_000.123456 : 1_500_000_000);
    if (index % 3 === 0) chmodSync(path, 0o640);
  }
  for (const [name, target] of [
    ['link', 'x\n81a4 0 0 1'],
    ["l'ink", "it's -> there"],
    ['line\nlink', '\n'],
  ]) {
    const path = join(node.destination, name ?? '');
    symlinkSync(target ?? '', path);
    paths.push(path);
  }
  linkSync(paths[0] ?? '', join(node.destination, 'zz-second'));
  paths.push(join(node.destination, 'zz-second'));
  rmSync(join(node.destination, 'a'));
  return { node, paths };
}

export function factsOf(path: string): Seen | undefined {
  // Nor is anything below what is no directory.
  if (path.endsWith('/none')) return undefined;
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return undefined;
  const { mode, uid, gid, size, nlink, mtimeNs, dev, ino } = found;
  const numbers = {
    mode: Number(mode),
    uid: Number(uid),
    gid: Number(gid),
    size: Number(size),
    links: Number(nlink),
  };
  const target = found.isSymbolicLink() ? readlinkSync(path, 'latin1') : undefined;
  return { ...numbers, mtimeNs, inode: `${dev}:${ino}`, target };
}

const latin1 = (text: string) => Buffer.from(text).toString('latin1');
export const asked = (paths: readonly string[]) => ({
  length: paths.length,
  pathAt: (at: number) => latin1(paths[at] ?? ''),
});

interface Reader {
  push(chunk: Buffer): void;
  end(): string;
}

export function ask(node: RelocationNode, question: string, paths: readonly string[], reader: Reader) {
  return askWith(node, question, Buffer.from(paths.map((path) => `${path}\0`).join('')), reader);
}

/** What came is read in pieces of odd lengths. */
export function askWith(
  node: RelocationNode,
  question: string,
  list: Buffer,
  reader: Reader,
  first = '/\n/end\n',
  more: readonly string[] = [],
): { head: string; rest: string } {
  const words = ['lockstep-hand', RUN, 'l', LOCK, '1:1', question, SEEN_FORMAT, ...more];
  const input = Buffer.concat([Buffer.from(`TOKEN\n${first}`), list]);
  const { bytes, stderr } = node.run(ASK_PATHS_TEXT, words, input);
  const stdout = bytes?.toString('latin1') ?? '';
  expect(stderr).toBe('');
  const headEnd = stdout.indexOf('\n') + 1;
  const body = Buffer.from(stdout.slice(headEnd), 'latin1');
  for (let at = 0; at < body.length; at += 777) reader.push(body.subarray(at, at + 777));
  return { head: stdout.slice(0, headEnd), rest: reader.end() };
}
