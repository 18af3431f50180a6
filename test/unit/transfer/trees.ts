/** Trees of files for the tests of `src/transfer`: made, packed, unpacked with real tars, compared. */
import { spawnSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createArchive } from '../../../src/transfer/archive.ts';
import { collectFiles } from '../../../src/transfer/collect.ts';
import type { Collection } from '../../../src/transfer/entry.ts';

export const isRoot = process.getuid?.() === 0;

export const TARS = [
  {
    name: 'GNU tar',
    argv: [
      'tar',
      '-x',
      '-p',
      '--numeric-owner',
      '--delay-directory-restore',
      '--warning=no-unknown-keyword',
      '-f',
      '-',
    ],
  },
  { name: 'busybox tar', argv: ['busybox', 'tar', '-x', '-p', '--numeric-owner', '-f', '-'] },
].filter(({ argv }) => spawnSync(argv[0] ?? '', ['--help']).error === undefined);

export interface Item {
  /** Below the tree's top; parents must come first. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink';
  readonly contents?: string | Uint8Array;
  /** Of a symbolic link as it is, of a hard link below the top. */
  readonly to?: string;
  readonly mode?: number;
  /** As `touch -d @…` takes it. */
  readonly mtime?: string;
}

/** Runs with a directory that is gone afterwards. */
export async function inTemporary<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
  try {
    return await work(directory);
  } finally {
    // Unlike rmSync, rm can remove trees whose paths are longer than a call takes.
    run(['rm', '-rf', '--', directory]);
  }
}

export function makeTree(top: string, items: readonly Item[]): void {
  mkdirSync(top, { recursive: true });
  for (const { path, type, contents, to } of items) {
    const full = join(top, path);
    mkdirSync(dirname(full), { recursive: true });
    if (type === 'directory') mkdirSync(full, { recursive: true });
    else if (type === 'symlink') symlinkSync(to ?? '', full);
    else if (type === 'hardlink') linkSync(join(top, to ?? ''), full);
    else writeFileSync(full, contents ?? '');
  }
  // Contents change the times of directories, and modes may lock them: both come last, deepest first.
  for (const { path, type, mode, mtime } of [...items].reverse()) {
    const full = join(top, path);
    if (mode !== undefined && type !== 'symlink') chmodSync(full, mode);
    if (mtime !== undefined) run(['touch', '-h', '-d', `@${mtime}`, '--', full]);
  }
}

export async function pack(words: readonly string[], ownership = { preserveUid: true, preserveGid: true }) {
  const collection = await collectFiles({ words, relative: false, cwd: '/' });
  return { collection, bytes: await toBuffer(collection, ownership) };
}

export async function toBuffer(
  collection: Collection,
  ownership = { preserveUid: true, preserveGid: true },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createArchive(collection, ownership)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Unpacks into a fresh directory; returns tar's exit status and what it complained about. */
export function unpack(argv: readonly string[], archive: Buffer, into: string) {
  mkdirSync(into, { recursive: true });
  // busybox applies the umask wherever it does not run as root, -p or not.
  const command = ['-c', 'umask 0; exec "$@"', 'sh', ...argv];
  const { status, stderr } = spawnSync('sh', command, { cwd: into, input: archive });
  return { status, stderr: stderr.toString() };
}

/** Everything below a directory with type, mode, owner, size, time to the nanosecond and target, by name. */
export function listTree(top: string): Map<string, string> {
  const format = '%P\\0%y %m %U %G %s %T@ %l\\0';
  const fields = run(['find', top, '-mindepth', '1', '-printf', format]).split('\0');
  const listed = new Map<string, string>();
  for (let index = 0; index + 1 < fields.length; index += 2) {
    // A directory's size says how it was filled, not what is in it.
    const facts = (fields[index + 1] ?? '').replace(/^(d \S+ \S+ \S+) \d+/, '$1 -');
    listed.set(fields[index] ?? '', facts);
  }
  return listed;
}

/** Names that are one file, as groups. */
export function listLinks(top: string): string[] {
  const groups = new Map<string, string[]>();
  const fields = run(['find', top, '-type', 'f', '-links', '+1', '-printf', '%i\\0%P\\0']).split('\0');
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const inode = fields[index] ?? '';
    groups.set(inode, [...(groups.get(inode) ?? []), fields[index + 1] ?? '']);
  }
  return [...groups.values()].map((names) => JSON.stringify(names.sort())).sort();
}

export function run([program = '', ...rest]: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, rest, { maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${program} failed: ${stderr} ${error}`);
  return stdout.toString();
}
