/** Trees that a pretended node gets, and how its directories are compared before and after. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { COMMIT_TEXT } from '../../../src/node/texts.ts';
import type { RelocationNode } from './relocation-node.ts';

/** A commit that does all of its work and then takes it for a failure. */
export const FAILING_COMMIT = COMMIT_TEXT.replace(
  'main "$@"',
  'switch() { carry_out switch "$1" || exit 9; reason=enough; return 1; }\nmain "$@"',
);

/** A few files to send, one of which is there already; the root. */
export function withFiles(node: RelocationNode): string[] {
  mkdirSync(join(node.source, 'app/sub'), { recursive: true });
  writeFileSync(join(node.source, 'app/a'), 'x'.repeat(1500));
  writeFileSync(join(node.source, 'app/sub/b'), 'y');
  mkdirSync(join(node.destination, 'app'));
  writeFileSync(join(node.destination, 'app/a'), 'old');
  return ['app'];
}

let tick = 1_000_000_000;
/** Gives everything a time of its own, with nanoseconds. */
export function setTimes(path: string): void {
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) setTimes(join(path, name));
  tick += 1.000_000_7;
  lutimesSync(path, tick, tick);
}

/** A small tree with each kind of change in it; the roots. */
export function prepareSmall(node: RelocationNode): readonly string[] {
  for (const directory of ['app/sub', 'app/new', 'up/per'])
    mkdirSync(join(node.source, directory), { recursive: true });
  mkdirSync(join(node.destination, 'app/sub'), { recursive: true });
  for (const name of ['app/a', 'app/b c', 'app/sub/-d', 'app/new/e', 'up/per/f']) {
    writeFileSync(join(node.source, name), `new ${name}`);
  }
  for (const name of ['app/a', 'app/b c', 'app/sub/other'])
    writeFileSync(join(node.destination, name), `old ${name}`);
  linkSync(join(node.destination, 'app/a'), join(node.destination, 'app/a too'));
  chmodSync(join(node.source, 'app/sub'), 0o555);
  for (const side of [node.source, node.destination]) setTimes(side);
  execFileSync('touch', ['-d', '1969-12-31 23:00:00.25 +0000', join(node.destination, 'app/sub')]);
  return ['app', 'up/per/f'];
}

/** A file and a link that are the same on both sides, in all but mode and time. */
export function prepareMends(node: RelocationNode): readonly string[] {
  for (const [side, mode, time] of [
    [node.source, 0o640, '2020-02-02 02:02:02.25 +0000'],
    [node.destination, 0o4600, '1969-12-31 23:00:00.5 +0000'],
  ] as const) {
    mkdirSync(join(side, 'kept'), { recursive: true });
    writeFileSync(join(side, "kept/it's"), 'the same');
    chmodSync(join(side, "kept/it's"), mode);
    symlinkSync('nowhere', join(side, 'kept/link'));
    execFileSync('touch', ['-d', time, join(side, "kept/it's")]);
    execFileSync('touch', ['-h', '-d', time.replace(/\.\d+/, ''), join(side, 'kept/link')]);
  }
  return ["kept/it's", 'kept/link'];
}

/** Where touch knows no fractions, the directory that held the stage is put back to the second. */
export const toComparable = (tools: string) => (line: string) =>
  tools === 'busybox' && line.startsWith('"" ') ? line.replace(/(\d{10})\d{9}/, '$1') : line;

/** All that an undo must bring back, one line a path: type, mode, owner, time, inode, links, contents. */
export function listing(top: string): string[] {
  const lines: string[] = [];
  const visit = (path: Buffer, shown: string) => {
    const status = lstatSync(path, { bigint: true });
    const facts = [status.mode.toString(8), status.uid, status.gid, status.mtimeNs, status.ino];
    if (status.isFile()) facts.push(status.nlink, createHash('md5').update(readFileSync(path)).digest('hex'));
    if (status.isSymbolicLink()) facts.push(readlinkSync(path));
    lines.push(`${JSON.stringify(shown)} ${facts.join(' ')}`);
    if (!status.isDirectory()) return;
    const names = readdirSync(path, { encoding: 'buffer' }).sort(Buffer.compare);
    for (const name of names)
      visit(Buffer.concat([path, Buffer.from('/'), name]), `${shown}/${name.toString('latin1')}`);
  };
  visit(Buffer.from(top), '');
  return lines;
}

/** What was uploaded, as it must look at the destination: all but inodes. */
export function contents(top: string): string[] {
  return listing(top).map((line) => line.replace(/(" \d+ \d+ \d+ -?\d+) \d+( \d+)?/, '$1'));
}
