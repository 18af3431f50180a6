// @module-tag slow: left out of npm run test:quick
/** Modes, owners and times arrive as they were sent, or are refused. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRoot, stageOf } from './relocation-node.ts';
import { NODES, relocationsOn } from './relocations.ts';

describe.each(NODES)('a node with $tools under $shell', ({ tools, words }) => {
  const { nodeWith, comparable } = relocationsOn({ tools, words });

  it('F7: gives directories their own modes, whatever is in the names of others', () => {
    const node = nodeWith(['a b/x', 'm1/n', 'm2/n', 'c:d %s\t/x']);
    for (const name of ['a b', 'm1', 'm2', 'c:d %s\t']) mkdirSync(join(node.destination, name));
    chmodSync(join(node.source, 'm1'), 0o500);
    chmodSync(join(node.source, 'm2'), 0o751);
    chmodSync(join(node.destination, 'a b'), 0o711);
    utimesSync(join(node.source, 'm1'), 1e9, 1e9);
    const done = node.upload(['a b/x', 'c:d %s\t/x', 'm1', 'm2']);
    expect(done.stdout, done.stderr).toMatch(/COMMITTED\n$/);
    const modes = ['a b', 'm1', 'm2'].map((name) => statSync(join(node.destination, name)).mode & 0o7777);
    expect(modes).toEqual([0o711, 0o500, 0o751]);
    expect(statSync(join(node.destination, 'm1')).mtimeMs).toBe(1e12);
  });

  it.runIf(isRoot)('F10: set-user-id and set-group-id bits are dropped below closed directories, too', () => {
    const node = nodeWith(['app/closed/su', 'app/locked/sg', 'app/open/su']);
    for (const [name, mode] of [
      ['closed/su', 0o4755],
      ['locked/sg', 0o2755],
      ['open/su', 0o6755],
    ] as const)
      chmodSync(join(node.source, 'app', name), mode);
    chmodSync(join(node.source, 'app/closed'), 0o300);
    chmodSync(join(node.source, 'app/locked'), 0);
    const archive = node.archive(['app']);
    node.becomeNobody();
    const received = node.receive(archive);
    // busybox tar closes a directory before it has filled it.
    if (tools === 'busybox')
      return expect(received.stdout).toMatch(
        /ERROR tar ended with code 1: it closes directories, as they were sent,/,
      );
    expect(received.stdout, received.stderr).toMatch(/STAGED\n$/);
    expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
    const modeOf = (name: string) => statSync(join(node.destination, 'app', name)).mode & 0o7777;
    expect(['closed', 'locked', 'closed/su', 'locked/sg', 'open/su'].map(modeOf)).toEqual([
      0o300, 0, 0o755, 0o755, 0o755,
    ]);
    expect(readdirSync(node.destination)).toEqual(['app']);
  });

  it.runIf(isRoot)(
    'F7, F10: a directory loses the set-group-id bit that it was not sent with, and gets it back by an undo',
    () => {
      const node = nodeWith(['app/new/f'], ['app/there']);
      mkdirSync(join(node.source, 'app/sub'));
      mkdirSync(join(node.destination, 'app/sub'));
      chmodSync(join(node.destination, 'app/sub'), 0o2755);
      chmodSync(node.destination, 0o2755);
      chmodSync(join(node.source, 'app/new'), 0o500);
      const before = comparable(node);
      const archive = node.archive(['app']);
      const stage = stageOf(node.receive(archive));
      execFileSync('rm', ['-rf', join(stage, 'tree/app/new')]);
      expect(node.commit(stage).stdout).toMatch(/ERROR .*; what was begun is taken back\nTOKEN EXIT 1\n$/);
      expect(comparable(node)).toEqual(before);
      expect(node.upload(['app']).stdout).toMatch(/COMMITTED\n$/);
      const modes = ['app/sub', 'app/new'].map(
        (name) => statSync(join(node.destination, name)).mode & 0o7777,
      );
      expect(modes).toEqual([0o755, 0o500]);
    },
  );

  it('F10, F16: where owners are not kept a directory that is there keeps its set-group-id bit, or gets none', () => {
    const node = nodeWith(['with/f', 'without/f']);
    for (const name of ['with', 'without']) mkdirSync(join(node.destination, name));
    chmodSync(join(node.source, 'with'), 0o750);
    chmodSync(join(node.source, 'without'), 0o2750);
    chmodSync(join(node.destination, 'with'), 0o2711);
    expect(node.upload(['with', 'without'], { owner: '-o' }).stdout).toMatch(/COMMITTED\n$/);
    const modes = ['with', 'without'].map((name) => statSync(join(node.destination, name)).mode & 0o7777);
    expect(modes).toEqual([0o2750, 0o750]);
  });

  it.runIf(isRoot)(
    'F7: owners and times of links, directories and files arrive, or the node says that times do not',
    () => {
      const node = nodeWith(['app/f']);
      symlinkSync('nowhere', join(node.source, 'app/link'));
      execFileSync('chown', ['-h', '300000:2147483648', join(node.source, 'app/link')]);
      chownSync(join(node.source, 'app/f'), 3_000_000, 2_147_483_648);
      execFileSync('touch', ['-h', '-d', '@1234567890', join(node.source, 'app/link')]);
      execFileSync('touch', ['-d', '@1000000000', join(node.source, 'app')]);
      const done = node.upload(['app']);
      expect(done.stdout, done.stderr).toMatch(/COMMITTED\n$/);
      const facts = ['app', 'app/link', 'app/f'].map((name) => {
        const { uid, gid, mtimeMs } = lstatSync(join(node.destination, name));
        return [uid, gid, Math.floor(mtimeMs / 1000)];
      });
      const written = Math.floor(lstatSync(join(node.source, 'app/f')).mtimeMs / 1000);
      expect(facts).toEqual([
        [0, 0, 1e9],
        [300_000, 2_147_483_648, 1_234_567_890],
        [3_000_000, 2_147_483_648, written],
      ]);
    },
  );

  it.runIf(isRoot)(
    'F10: what is sent as all root’s is root’s, whatever its directory gives, and what is not gets its owner',
    () => {
      const node = nodeWith(['app/f', 'app/below/g', 'mine']);
      mkdirSync(join(node.destination, 'app'));
      chownSync(join(node.destination, 'app'), 1234, 1234);
      chmodSync(join(node.destination, 'app'), 0o2775);
      chownSync(join(node.source, 'mine'), 4321, 4321);
      const done = node.upload(['app', 'mine'], { owner: 'root' });
      expect(done.stdout, done.stderr).toMatch(/COMMITTED\n$/);
      const owners = ['app', 'app/f', 'app/below', 'app/below/g', 'mine'].map((name) => {
        const { uid, gid } = lstatSync(join(node.destination, name));
        return [name, uid, gid];
      });
      expect(owners).toEqual([
        ['app', 0, 0],
        ['app/f', 0, 0],
        ['app/below', 0, 0],
        ['app/below/g', 0, 0],
        ['mine', 4321, 4321],
      ]);
    },
  );

  it.runIf(isRoot)('F7: times before 1970 and owners of any size arrive, and no cut one ever does', () => {
    const node = nodeWith(['app/f', 'app/g']);
    symlinkSync('nowhere', join(node.source, 'app/link'));
    for (const owner of [262_143, 262_144, 4_294_967_294]) {
      for (const time of ['-1', '-86400', '-1.5', '-0.000000001']) {
        for (const name of ['app/f', 'app/link', 'app']) {
          execFileSync('chown', ['-h', `${owner}:${owner}`, join(node.source, name)]);
          execFileSync('touch', ['-h', '-d', `@${time}`, join(node.source, name)]);
        }
        const done = node.upload(['app']);
        expect(done.stdout, done.stderr).toMatch(/COMMITTED\n$/);
        for (const name of ['app/f', 'app/link', 'app']) {
          const [sent, there] = [node.source, node.destination].map((side) =>
            lstatSync(join(side, name), { bigint: true }),
          );
          expect([name, there?.uid, there?.gid]).toEqual([name, BigInt(owner), BigInt(owner)]);
          if (!/times are not kept exactly on this node/.test(done.stderr)) {
            expect([name, time, there?.mtimeNs]).toEqual([name, time, sent?.mtimeNs]);
          } else {
            expect(tools).toBe('busybox');
          }
        }
      }
    }
  });
});
