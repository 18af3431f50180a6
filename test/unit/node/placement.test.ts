// @module-tag slow: left out of npm run test:quick
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RECEIVE_TEXT } from '../../../src/node/texts.ts';
import { isRoot, RelocationNode, RUN, stageOf, TOOLS } from './relocation-node.ts';
import { contents, FAILING_COMMIT, listing, withFiles } from './relocation-trees.ts';
import { SHELLS } from './shells.ts';

describe.each(SHELLS)('a user without privileges under %s', (_shell, words) => {
  // busybox tar closes a directory before it has filled it, and so fails there: before anything has changed.
  it.each(TOOLS.filter((tools) => tools !== 'busybox'))(
    'puts closed directories in place and takes them back, with %s',
    (tools) => {
      const node = new RelocationNode(words, tools);
      mkdirSync(join(node.source, 'app/there'), { recursive: true });
      mkdirSync(join(node.source, 'app/closed/inner'), { recursive: true });
      writeFileSync(join(node.source, 'app/there/file'), 'new');
      writeFileSync(join(node.source, 'app/closed/inner/file'), 'new');
      mkdirSync(join(node.destination, 'app/there'), { recursive: true });
      writeFileSync(join(node.destination, 'app/there/file'), 'old');
      for (const name of ['there', 'closed/inner', 'closed'])
        chmodSync(join(node.source, 'app', name), 0o555);
      for (const name of ['there', 'closed', '']) utimesSync(join(node.source, 'app', name), 1e9, 1e9);
      const archive = node.archive(['app']);
      node.becomeNobody();
      const before = listing(node.destination);
      const failing = stageOf(node.receive(archive));
      const failed = node.commit(failing, FAILING_COMMIT);
      expect(failed.stdout).toBe('TOKEN ERROR enough; what was begun is taken back\nTOKEN EXIT 1\n');
      expect(listing(node.destination)).toEqual(before);
      const received = node.receive(archive);
      expect(received.stdout).toContain('TOKEN STAGED\n');
      expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
      const modeOf = (path: string) => statSync(join(node.destination, 'app', path)).mode & 0o7777;
      expect(['there', 'closed', 'closed/inner'].map(modeOf)).toEqual([0o555, 0o555, 0o555]);
      expect(statSync(join(node.destination, 'app/closed')).mtimeMs).toBe(1e12);
      expect(readFileSync(join(node.destination, 'app/there/file'), 'utf8')).toBe('new');
      expect(readdirSync(node.destination)).toEqual(['app']);
    },
  );

  it.runIf(isRoot)("gives what is put into a setgid directory that directory's group", () => {
    const node = new RelocationNode(words);
    mkdirSync(join(node.source, 'shared/new'), { recursive: true });
    writeFileSync(join(node.source, 'shared/new/file'), '');
    mkdirSync(join(node.destination, 'shared'));
    const archive = node.archive(['shared/new']);
    node.becomeNobody();
    node.groups = '--groups=100';
    execFileSync('chgrp', ['100', join(node.destination, 'shared')]);
    chmodSync(join(node.destination, 'shared'), 0o2775);
    const received = node.receive(archive);
    expect(received.stderr).toBe('');
    expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
    expect(statSync(join(node.destination, 'shared/new')).gid).toBe(100);
    expect(statSync(join(node.destination, 'shared/new')).mode & 0o7000).toBe(0o2000);
    expect(statSync(join(node.destination, 'shared/new/file')).gid).toBe(100);
  });

  it.runIf(isRoot)('replaces a file of another user in a directory of its own, and gives it back', () => {
    const node = new RelocationNode(words);
    const archive = node.archive(withFiles(node));
    node.becomeNobody();
    execFileSync('chown', ['1:1', join(node.destination, 'app/a')]);
    chmodSync(join(node.destination, 'app/a'), 0o644);
    const before = listing(node.destination);
    const received = node.receive(archive);
    expect(received.stderr).toMatch(/app\/a is absent for a moment/);
    const failed = node.commit(stageOf(received), FAILING_COMMIT);
    expect(failed.stdout).toBe('TOKEN ERROR enough; what was begun is taken back\nTOKEN EXIT 1\n');
    expect(listing(node.destination)).toEqual(before);
    expect(node.commit(stageOf(node.receive(archive))).stdout).toBe('TOKEN COMMITTED\n');
    expect(readFileSync(join(node.destination, 'app/a'), 'utf8')).toBe('x'.repeat(1500));
  });
});

describe.runIf(isRoot).each(SHELLS)('mounts under %s', (_shell, words) => {
  it('F5: names the mount that is full, and removes the stage', () => {
    const node = new RelocationNode(words);
    writeFileSync(join(node.source, 'file'), Buffer.alloc(200_000, 'x'));
    node.mounts = `mount -t tmpfs -o size=64k,mode=755 tmpfs '${node.destination}'`;
    const received = node.receive(node.archive(['file']), {
      text: `${RECEIVE_TEXT.replace(/main$/, '')}\nmain; ls -A '${node.destination}'`,
    });
    expect(received.stdout).toMatch(/ERROR no space left on .+\/destination: have \d+ KiB and \d+ inodes\n$/);
  });

  it('stages what goes to another mount there, hard links and nanoseconds kept', () => {
    const node = new RelocationNode(words);
    for (const name of ['app/here/a', 'app/there/b']) {
      mkdirSync(join(node.source, name, '..'), { recursive: true });
      writeFileSync(join(node.source, name), 'new');
      mkdirSync(join(node.destination, name, '..'), { recursive: true });
      writeFileSync(join(node.destination, name), 'old');
    }
    execFileSync('ln', [join(node.source, 'app/there/b'), join(node.source, 'app/there/c')]);
    utimesSync(join(node.source, 'app/there/b'), 1e9, 1_000_000_000.123_456);
    const other = join(node.top, 'other mount');
    mkdirSync(other);
    writeFileSync(join(other, 'b'), 'old');
    node.mounts = `mount --bind '${other}' '${node.destination}/app/there'`;
    const archive = node.archive(['app']);
    const before = [listing(other), listing(node.destination)];
    const received = node.receive(archive);
    expect(received.stdout.match(/^TOKEN STAGE .*$/gm)).toEqual([
      `TOKEN STAGE ${node.destination}/.lockstep-${RUN}`,
      `TOKEN STAGE ${node.destination}/app/there/.lockstep-${RUN}`,
    ]);
    const failed = node.commit(stageOf(received), FAILING_COMMIT);
    expect(failed.stdout).toBe('TOKEN ERROR enough; what was begun is taken back\nTOKEN EXIT 1\n');
    expect([listing(other), listing(node.destination)]).toEqual(before);
    expect(node.commit(stageOf(node.receive(archive))).stdout).toBe('TOKEN COMMITTED\n');
    const sent = contents(join(node.source, 'app/there'));
    expect(contents(other)).toEqual(sent);
    expect(statSync(join(other, 'b')).ino).toBe(statSync(join(other, 'c')).ino);
    expect(readFileSync(join(node.destination, 'app/here/a'), 'utf8')).toBe('new');
  });

  it('F2: files are never absent, on whichever side of a mount they lie', () => {
    const node = new RelocationNode(words);
    onBothSides(node, ['app/a/1', 'app/b/2', 'app/c/3']);
    const other = join(node.top, 'other');
    mkdirSync(other);
    writeFileSync(join(other, '2'), 'old');
    node.mounts = `mount --bind '${other}' '${node.destination}/app/b'`;
    const done = node.upload(['app']);
    expect(done.stderr).toBe('');
    expect(done.stdout).toContain('COMMITTED');
    expect(readFileSync(join(other, '2'), 'utf8')).toBe(node.source);
    expect(readFileSync(join(node.destination, 'app/c/3'), 'utf8')).toBe(node.source);
  });

  it('F1: refuses to replace a file that is a mount point', () => {
    const node = new RelocationNode(words);
    const archive = node.archive(withFiles(node));
    writeFileSync(join(node.top, 'other'), '');
    node.mounts = `mount --bind '${node.top}/other' '${node.destination}/app/a'`;
    expect(node.receive(archive).stdout).toMatch(/ERROR .*\/app\/a is a mount point\n$/);
  });

  it('F1: what goes to a mount whose path has a newline is refused by name, and nothing is left', () => {
    const node = new RelocationNode(words);
    const names = ['app/a', 'app/b\nc/d'];
    onBothSides(node, names);
    const other = join(node.top, 'other');
    mkdirSync(other);
    node.mounts = `mount --bind '${other}' '${node.destination}/app/b\nc'`;
    const before = [listing(other), listing(node.destination)];
    const received = node.receive(node.archive(['app']));
    expect(received.stdout).toMatch(/ERROR cannot make a stage in .*\/app\/b\?c: a newline in its path\n$/);
    expect([listing(other), listing(node.destination)]).toEqual(before);
    expect(node.upload(['app/a']).stdout).toContain('COMMITTED');
    expect(readdirSync(other)).toEqual([]);
  });

  it('follows a parent that is a symbolic link, to another mount too', () => {
    const node = new RelocationNode(words);
    mkdirSync(join(node.source, 'etc/app'), { recursive: true });
    writeFileSync(join(node.source, 'etc/app/a'), 'new');
    const real = join(node.top, 'real etc');
    mkdirSync(join(real, 'app'), { recursive: true });
    writeFileSync(join(real, 'app/a'), 'old');
    symlinkSync(real, join(node.destination, 'etc'));
    node.mounts = `mount --bind '${real}' '${real}'`;
    expect(node.upload(['etc/app/a'], { base: 'etc/app' }).stdout).toContain('COMMITTED');
    expect(readFileSync(join(real, 'app/a'), 'utf8')).toBe('new');
    rmSync(join(real, 'app'), { recursive: true });
    expect(node.upload(['etc/app/a']).stdout).toContain('COMMITTED');
    expect(readFileSync(join(real, 'app/a'), 'utf8')).toBe('new');
    expect(readdirSync(real)).toEqual(['app']);
  });
});

/** Files that are there already, and are sent anew: each holds the name of its side. */
function onBothSides({ source, destination }: RelocationNode, names: readonly string[]): void {
  for (const name of names) {
    for (const side of [source, destination]) {
      mkdirSync(join(side, name, '..'), { recursive: true });
      writeFileSync(join(side, name), side);
    }
  }
}
