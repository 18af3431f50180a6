// @module-tag slow: left out of npm run test:quick
/** Files of a release that come from the one before, with each program that carries plans out. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXECUTORS } from '../../../src/node/executors.ts';
import { createArchive } from '../../../src/transfer/archive.ts';
import { collectTop } from '../../../src/transfer/collect-top.ts';
import { formatLinks, linkable } from '../../../src/transfer/links.ts';
import { releaseOf } from '../../../src/transfer/release.ts';
import { isRoot, RelocationNode, stageOf } from './relocation-node.ts';
import { listing, toComparable } from './relocation-trees.ts';
import { NODES, put } from './relocations.ts';

const LINKS = { uid: 0, gid: 0, mtimeNs: 1_600_000_000_000_000_000n };
const NAMES = ['a', 'sub/b', "sub/it's", 'sub/deep/ c ', 'closed/d', 'other'];

describe.each(NODES)('with $tools under $shell', ({ tools, words }) => {
  /** A release that differs from the one before in `other`. */
  async function prepared(how: 'link' | 'copy', spoil: (before: string, source: string) => void = () => {}) {
    const node = new RelocationNode(words, tools);
    const before = join(node.destination, 'releases/first');
    for (const side of [node.source, before]) {
      for (const name of NAMES) {
        put(side, name, name);
        utimesSync(join(side, name), 1_600_000_000, 1_600_000_000);
      }
      put(side, 'other', side);
      chmodSync(join(side, 'closed'), 0o555);
    }
    symlinkSync('releases/first', join(node.destination, 'current'));
    spoil(before, node.source);
    const collection = releaseOf(await collectTop(node.source, undefined), {
      name: 'second',
      before: 'first',
      links: LINKS,
    });
    const files = linkable(collection.entries).filter(({ member }) => !member.endsWith('/other'));
    const list = { how, from: 'releases/first', into: 'releases/second', files };
    const ours = [...EXECUTORS, { name: 'links', text: formatLinks(list) }];
    const chunks: Buffer[] = [];
    const ownership = { preserveUid: true, preserveGid: true };
    for await (const chunk of createArchive(collection, ownership, { ours, linked: new Set(files) }))
      chunks.push(chunk);
    return { node, before, archive: Buffer.concat(chunks), after: join(node.destination, 'releases/second') };
  }
  const inode = (path: string) => statSync(path).ino;
  const sameFiles = (one: string, other: string) =>
    NAMES.filter((name) => inode(join(one, name)) === inode(join(other, name)));

  const withoutLinks = (release: string) =>
    listing(release).map((line) => line.replace(/ \d+( \w{32})$/, '$1'));

  it('F2: what is equal is another name of the same file, and all is as it was sent', async () => {
    const { node, before, after, archive } = await prepared('link');
    const was = withoutLinks(before);
    const received = node.receive(archive);
    expect(received.stdout).toMatch(/STAGED\n$/);
    expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
    expect(sameFiles(before, after)).toEqual(NAMES.filter((name) => name !== 'other'));
    expect(readFileSync(join(after, 'other'), 'utf8')).toBe(node.source);
    expect(statSync(join(after, 'closed')).mode & 0o777).toBe(0o555);
    expect(withoutLinks(before)).toEqual(was);
  });

  it('F2: a time in whole seconds is equal to ours of that second, and is no other one in the old release afterwards', async () => {
    const { node, before, after, archive } = await prepared('link', (_release, source) => {
      utimesSync(join(source, 'a'), 1_600_000_000, 1_600_000_000.25);
    });
    const was = withoutLinks(before);
    const received = node.receive(archive);
    expect(withoutLinks(before)).toEqual(was);
    expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
    expect(sameFiles(before, after)).toContain('a');
    expect(withoutLinks(before)).toEqual(was);
  });

  it('F2: what has other attributes by then is a file of its own in the new release, and stays as it is in the old one', async () => {
    const { node, before, after, archive } = await prepared('link', (release) => {
      chmodSync(join(release, 'a'), 0o600);
      utimesSync(join(release, 'sub/b'), 5, 5);
    });
    const was = withoutLinks(before);
    const received = node.receive(archive);
    expect(withoutLinks(before)).toEqual(was);
    expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
    expect(sameFiles(before, after)).toEqual(["sub/it's", 'sub/deep/ c ', 'closed/d']);
    expect([statSync(join(after, 'a')).mode & 0o777, statSync(join(after, 'sub/b')).mtimeMs]).toEqual([
      0o644, 1.6e12,
    ]);
    expect(withoutLinks(before)).toEqual(was);
  });

  it('--no-link: what is equal is a copy, with its time and mode', async () => {
    const { node, before, after, archive } = await prepared('copy');
    expect(node.commit(stageOf(node.receive(archive))).stdout).toBe('TOKEN COMMITTED\n');
    expect(sameFiles(before, after)).toEqual([]);
    for (const name of NAMES.slice(0, -1)) {
      expect(readFileSync(join(after, name), 'utf8')).toBe(name);
      expect(statSync(join(after, name)).mtimeMs).toBe(1.6e12);
    }
  });

  it('F4: a file that is another one there than was found is refused, and nothing changes', async () => {
    const { node, before, archive } = await prepared('link', (release) => {
      writeFileSync(join(release, 'sub/b'), 'sub/B');
      utimesSync(join(release, 'sub/b'), 1_600_000_000, 1_600_000_000);
    });
    const was = listing(node.destination).map(toComparable(tools));
    const refused = node.receive(archive);
    expect(refused.stdout).toMatch(/ERROR releases\/second\/sub\/b: its bytes are not those that were sent/);
    expect(listing(node.destination).map(toComparable(tools))).toEqual(was);
    execFileSync('rm', [join(before, 'sub/b')]);
    expect(node.receive(archive).stdout).toMatch(/ERROR .*first\/sub\/b.*No such file or directory/);
  });

  it('S7: nothing is taken from behind a link that stands in the place of a directory', async () => {
    const { node, archive } = await prepared('link', (release) => {
      execFileSync('mv', [join(release, 'sub'), join(release, '../../moved')]);
      symlinkSync('../../moved', join(release, 'sub'));
    });
    expect(node.receive(archive).stdout).toMatch(/ERROR .*releases\/first\/sub is not where it was/);
  });

  it('F3: a list that was cut is noticed', async () => {
    const { node, archive } = await prepared('link');
    const cut = Buffer.from(archive.toString('latin1').replace('sub/deep/ c \n', 'sub/deep/ c X'), 'latin1');
    expect(node.receive(cut).stdout).toMatch(/ERROR /);
  });

  it.runIf(isRoot)('what lies on another mount is copied', async () => {
    const { node, before, after, archive } = await prepared('link');
    const inner = join(before, 'sub');
    node.mounts = `mount --bind '${inner}' '${inner}'`;
    expect(node.commit(stageOf(node.receive(archive))).stdout).toBe('TOKEN COMMITTED\n');
    expect(sameFiles(before, after)).toEqual(['a', 'closed/d']);
    expect(readFileSync(join(after, 'sub/b'), 'utf8')).toBe('sub/b');
  });

  it.runIf(isRoot)(
    'what a setgid directory gives its group is copied: the old release keeps its own',
    async () => {
      const { node, before, after, archive } = await prepared('link', (release) => {
        chownSync(join(release, '..'), 0, 100);
        chmodSync(join(release, '..'), 0o2775);
        chownSync(join(release, 'a'), 0, 100);
      });
      const received = node.receive(archive, { owner: '-o' });
      const groups = (release: string) => ['a', 'sub/b'].map((name) => statSync(join(release, name)).gid);
      expect(groups(before)).toEqual([100, 0]);
      expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
      expect(sameFiles(before, after)).toEqual(['a']);
      expect(groups(after)).toEqual([100, 100]);
    },
  );
});

it('files with a second name, and names that are no line, are sent', () => {
  const file = (member: string) => ({
    type: 'file' as const,
    member,
    source: '',
    mode: 0,
    uid: 0,
    gid: 0,
    mtimeNs: 0n,
    size: 1,
    dev: 0n,
    ino: 0n,
  });
  const again = { ...file('r/z'), type: 'hardlink' as const, to: 'r/b' };
  const entries = [file('r/a'), file('r/b'), file('r/new\nline'), file('r/back\\slash'), again];
  expect(linkable(entries).map(({ member }) => member)).toEqual(['r/a']);
});
