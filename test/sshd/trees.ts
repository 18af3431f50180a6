/** A tree of files with everything that a file system can hold, and what can be seen of it, here and on nodes. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FarmNode } from '../farm/node.ts';

/** 2,000 files and what else there is, at `directory/tree`; needs root. */
export function makeTree(directory: string): void {
  const tree = join(directory, 'tree');
  for (let index = 0; index < 2_000; index++) {
    const parent = join(tree, `d${index % 7}`, `it's ${index % 31}`);
    if (index < 217) mkdirSync(parent, { recursive: true });
    writeFileSync(join(parent, `file ${index}`), `content of ${index}\n`.repeat(index % 50));
  }
  for (const name of ODD_NAMES) writeFileSync(join(tree, name), `odd: ${name}\n`);
  writeFileSync(join(tree, 'large'), Buffer.alloc(3_000_000, 'large '));
  sh(tree, ODD_ENTRIES);
}

const ODD_NAMES = [
  'two  blanks ',
  'line\nbreak',
  `quotes ' " \` $(touch injected)`,
  '\\back\\slash\\n',
  '-rf',
  '--checkpoint-action=exec=sh',
  '*?[a-z]',
  'żółć-日本語-🙂',
  'x'.repeat(255),
  '\u001b[31mred',
];

const ODD_ENTRIES = `
mkdir -p empty 'deep/empty/er' private sticky shared
chmod 0000 private; chmod 1777 sticky; chmod 2770 shared
ln -s 'd0' to-directory; ln -s '/nowhere/at all' broken; ln -s "it's
a target" odd-link; chown -h 12:34 broken
ln large hard-1; ln large deep/hard-2; ln 'd0/it'"'"'s 0/file 0' 'd1/other name'
printf m >m0000; chmod 0000 m0000
printf m >m4755; chown 1001:1002 m4755; chmod 4755 m4755
printf m >m2750; chown 0:2000 m2750; chmod 2750 m2750
printf m >huge-owner; chown 3000000:4000000000 huge-owner
printf m >nanoseconds; touch -d '2021-03-04 05:06:07.123456789 UTC' nanoseconds
printf m >y1970; touch -d '1970-01-01 00:00:00 UTC' y1970
printf m >y1969; touch -d '1969-12-31 23:59:58.5 UTC' y1969
printf m >y2040; touch -d '2040-02-03 04:05:06 UTC' y2040
touch -h -d '2001-02-03 04:05:06.5 UTC' broken
touch -d '2011-01-01 UTC' empty; touch -d '2012-01-01 00:00:00.000000001 UTC' d3 d4
`;

export interface TreeView {
  /** For each name: type, mode, owner, group, size (not of directories), mtime, link target. */
  readonly entries: ReadonlyMap<string, string>;
  /** For each name of a file: the digest of its contents. */
  readonly digests: ReadonlyMap<string, string>;
  /** Names that are one file, each group in order. */
  readonly hardLinks: readonly (readonly string[])[];
}

export function viewHere(tree: string): TreeView {
  return parse(sh(tree, LOOK).toString('utf8'));
}

export async function viewOn(node: FarmNode, tree: string): Promise<TreeView> {
  const { code, stdout, stderr } = await node.run(`cd '${tree}' || exit\n${LOOK}`);
  if (code !== 0) throw new Error(`cannot look at ${tree} on ${node.name}: ${stderr}`);
  return parse(stdout);
}

/** Records end with NUL, since names may hold anything else. */
const LOOK = String.raw`
export LC_ALL=C.UTF-8
find . -type d -printf '%p\t%y %m %U %G - %T@\t%l\0' -o -printf '%p\t%y %m %U %G %s %T@\t%l\0'
printf '\0'
find . -type f -exec sha256sum -z -- {} +
printf '\0'
find . -type f -links +1 -printf '%i %p\0'
`;

function parse(text: string): TreeView {
  const [entries = '', digests = '', links = ''] = text.split(/(?<=\0)\0/);
  const records = (part: string) => part.split('\0').filter(Boolean);
  const groups = new Map<string, string[]>();
  for (const record of records(links)) {
    const inode = record.slice(0, record.indexOf(' '));
    groups.set(inode, [...(groups.get(inode) ?? []), record.slice(inode.length + 1)]);
  }
  return {
    entries: new Map(records(entries).map((record) => cutAt(record, record.indexOf('\t')))),
    digests: new Map(records(digests).map((record) => [record.slice(66), record.slice(0, 64)])),
    hardLinks: [...groups.values()].map((names) => names.sort()).sort(),
  };
}

function cutAt(text: string, at: number): [string, string] {
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Runs sh in a directory of this machine. */
export function sh(directory: string, script: string): Buffer {
  return execFileSync('sh', ['-ec', script], { cwd: directory, maxBuffer: 64 * 1024 * 1024 });
}
