// @module-tag slow: left out of npm run test:quick
/** What shall be there no longer: taken out of the named directories by rename, given back, or refused before anything has changed. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMIT_TEXT, RECEIVE_TEXT } from '../../../src/node/texts.ts';
import { isRoot, type RelocationNode, RUN, stageOf } from './relocation-node.ts';
import { FAILING_COMMIT } from './relocation-trees.ts';
import { NODES, put, relocationsOn } from './relocations.ts';

describe.each(NODES)('a node with $tools under $shell', (kind) => {
  const { nodeWith, read, comparable } = relocationsOn(kind);
  const receive = (node: RelocationNode, removes: readonly string[]) =>
    node.receive(node.archive(['app']), { removes });
  /** Extra files and directories with names that are easily taken for something else; what is to go. */
  const withMore = () => {
    const node = nodeWith(
      ['app/a', 'app/sub/b'],
      ['app/a', 'app/sub/keep', 'app/old/deep/er', 'app/.hidden/x', 'beside'],
    );
    for (const name of ["it's", '-n', 'two\nlines', 'back\\nslash', ' ', '*'])
      put(node.destination, `app/sub/${name}`);
    symlinkSync('/nowhere', join(node.destination, 'app/link'));
    mkdirSync(join(node.destination, 'app/closed/empty'), { recursive: true });
    writeFileSync(join(node.destination, 'app/closed/file'), 'closed');
    chmodSync(join(node.destination, 'app/closed'), 0o500);
    utimesSync(join(node.source, 'app'), 1e9, 1e9);
    utimesSync(join(node.source, 'app/sub'), 1e9, 1e9);
    const removes = ['app/old', 'app/.hidden', 'app/link', 'app/closed'];
    const inSub = ["it's", '-n', 'two\nlines', 'back\\nslash', ' ', '*'].map((name) => `app/sub/${name}`);
    return { node, removes: [...removes, ...inSub] };
  };

  it('F21: takes what is listed out of its directories, those whole, and touches nothing else', () => {
    const { node, removes } = withMore();
    const done = node.commit(stageOf(receive(node, removes)));
    expect(done.stdout).toBe('TOKEN COMMITTED\n');
    expect(readdirSync(node.destination).sort()).toEqual(['app', 'beside']);
    expect(readdirSync(join(node.destination, 'app')).sort()).toEqual(['a', 'sub']);
    expect(readdirSync(join(node.destination, 'app/sub')).sort()).toEqual(['b', 'keep']);
    expect(read(node, 'app/a')).toBe('new app/a');
    for (const path of ['app', 'app/sub']) expect(statSync(join(node.destination, path)).mtimeMs).toBe(1e12);
  });

  it('F14: gives back all that was taken out where the commit fails behind it', () => {
    const { node, removes } = withMore();
    const before = comparable(node);
    const received = receive(node, removes);
    expect(received.stdout, received.stderr).toMatch(/STAGED\n$/);
    const failed = node.commit(stageOf(received), FAILING_COMMIT);
    expect(failed.stdout).toBe('TOKEN ERROR enough; what was begun is taken back\nTOKEN EXIT 1\n');
    expect(comparable(node)).toEqual(before);
  });

  it('F14: gives back all that was taken out after a kill, and after a second one', () => {
    const { node, removes } = withMore();
    const before = comparable(node);
    const killed = COMMIT_TEXT.replace('set_state new', 'kill -9 0');
    node.commit(stageOf(receive(node, removes)), killed);
    expect(existsSync(join(node.destination, 'app/old'))).toBe(false);
    expect(node.recover().code).toBe(0);
    expect(node.record()?.state).toBe('old');
    expect(comparable(node)).toEqual(before);
    expect(node.recover().code).toBe(0);
    expect(comparable(node)).toEqual(before);
  });

  it('F21: what has gone, or come back, while others were waited for makes the commit fail and be taken back', () => {
    const { node, removes } = withMore();
    const before = comparable(node).filter((line) => !line.includes('/app/link"'));
    const stage = stageOf(receive(node, removes));
    rmSync(join(node.destination, 'app/link'));
    const failed = node.commit(stage);
    expect(failed.stdout).toMatch(
      /ERROR cannot rename to .*link: No such file or directory; what was begun is taken back\n/,
    );
    expect(comparable(node)).toEqual(before);
  });

  it('F21: removes directly below the destination where that was named for what is in it', () => {
    const node = nodeWith(['a'], ['a', 'more/x', 'other']);
    expect(node.upload(['a'], { removes: ['more', 'other'] }).stdout).toMatch(/COMMITTED\n$/);
    expect(readdirSync(node.destination)).toEqual(['a']);
  });

  it('F21: removes nothing behind a symbolic link, be it the root or below it', () => {
    for (const [link, to, roots, path] of [
      ['app', 'real', ['app/a'], 'app/x'],
      ['app/sub', '../real', ['app'], 'app/sub/x'],
      ['app', 'real', ['app'], 'app/x'],
    ] as const) {
      const node = nodeWith(['app/a'], ['real/x', 'real/a']);
      if (link !== 'app') mkdirSync(join(node.destination, 'app'));
      symlinkSync(to, join(node.destination, link));
      const before = comparable(node);
      const refused = node.upload(roots, { removes: [path] });
      expect(refused.stdout).toMatch(
        /ERROR .*\/(app|sub) is a symbolic link there: nothing is removed behind one\n/,
      );
      expect(comparable(node)).toEqual(before);
    }
  });

  it('F21: follows a link that leads to a directory that was named, as the upload does', () => {
    const node = nodeWith(['up/app/a'], ['real/app/a', 'real/app/old']);
    symlinkSync('real', join(node.destination, 'up'));
    expect(node.upload(['up/app'], { removes: ['up/app/old'] }).stdout).toMatch(/COMMITTED\n$/);
    expect(readdirSync(join(node.destination, 'real/app'))).toEqual(['a']);
  });

  it('F21: what is not there any more, and a list that was cut, are refused before anything has changed', () => {
    const node = nodeWith(['app/a'], ['app/a', 'app/old']);
    const before = comparable(node);
    expect(node.upload(['app'], { removes: ['app/old', 'app/gone'] }).stdout).toMatch(
      /ERROR cannot find .*app\/gone: No such file/,
    );
    const cut = { removes: ['app/old'], text: RECEIVE_TEXT.replace('"$line" != /end', '"$line" != /END') };
    expect(node.receive(node.archive(['app']), cut).stdout).toMatch(
      /ERROR the stream was cut: the end of what/,
    );
    expect(comparable(node)).toEqual(before);
  });

  it.runIf(isRoot)(
    'F21: a mount point, and a directory that holds one, are refused by name before anything has changed',
    () => {
      for (const [at, said] of [
        ['app/old', /old is a mount point/],
        ['app/old/in', /old holds a mount point/],
      ] as const) {
        const node = nodeWith(['app/a'], ['app/a', 'app/old/in/x', 'disk/precious']);
        node.mounts = `mount --bind '${node.destination}/disk' '${join(node.destination, at)}'`;
        const before = comparable(node);
        expect(node.upload(['app'], { removes: ['app/old'] }).stdout).toMatch(said);
        expect(comparable(node)).toEqual(before);
      }
    },
  );

  it.runIf(isRoot)(
    'F21: what is mounted in a directory after it was looked at is not taken away with it',
    () => {
      const node = nodeWith(['app/a'], ['app/a', 'app/old/in/x', 'disk/precious']);
      const stage = stageOf(receive(node, ['app/old']));
      node.mounts = `mount --bind '${node.destination}/disk' '${join(node.destination, 'app/old/in')}'`;
      expect(node.commit(stage).stdout).toMatch(/COMMITTED/);
      expect(read(node, 'disk/precious')).toBe('old disk/precious');
    },
  );

  it.runIf(isRoot)('F21: removes nothing in what was mounted below the directory that was named', () => {
    const node = nodeWith(['app/a'], ['app/a', 'app/data/f', 'disk/old', 'disk/f']);
    node.mounts = `mount --bind '${node.destination}/disk' '${node.destination}/app/data'`;
    const before = comparable(node);
    expect(node.upload(['app'], { removes: ['app/data/old'] }).stdout).toMatch(
      /ERROR .*app\/data is on another mount than .*app: nothing is removed across one\n/,
    );
    expect(comparable(node)).toEqual(before);
  });

  it.runIf(isRoot)('F21: removes on another mount than that of the stage, and gives it back', () => {
    const node = nodeWith(['app/a'], ['app/a', 'disk/old/x', 'disk/f']);
    mkdirSync(join(node.destination, 'app/data'));
    mkdirSync(join(node.source, 'app/data'));
    // Where touch knows no fractions, the directory that held a stage is put back to the second.
    utimesSync(join(node.destination, 'disk'), 1e9, 1e9);
    node.mounts = `mount --bind '${node.destination}/disk' '${node.destination}/app/data'`;
    const before = comparable(node);
    const archive = node.archive(['app/data']);
    const given = { removes: ['app/data/old'], counted: 2 };
    const failed = node.commit(stageOf(node.receive(archive, given)), FAILING_COMMIT);
    expect(failed.stdout).toMatch(/what was begun is taken back/);
    expect(comparable(node)).toEqual(before);
    const received = node.receive(archive, given);
    expect(received.stdout).toContain(`STAGE ${node.destination}/app/data/.lockstep-${RUN}\n`);
    expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
    expect(readdirSync(join(node.destination, 'disk'))).toEqual(['f']);
  });

  it.runIf(isRoot).each([
    ['i', 'app/old'],
    ['i', 'app/dir'],
    ['i', 'app/dir/in/deep'],
    ['a', 'app/dir/in'],
    ['a', 'app'],
  ])('F1, F21: what has the attribute +%s at %s is found before anything has changed', (flag, path) => {
    const node = nodeWith(['app/a'], ['app/a', 'app/old', 'app/dir/in/deep']);
    const before = comparable(node);
    execFileSync('chattr', [`+${flag}`, join(node.destination, path)]);
    try {
      const refused = receive(node, ['app/old', 'app/dir']);
      expect(refused.stdout).toMatch(
        /ERROR .*app.*(is it immutable or append-only|append-only, see lsattr|not permitted)/,
      );
    } finally {
      execFileSync('chattr', [`-${flag}`, join(node.destination, path)]);
    }
    expect(comparable(node)).toEqual(before);
  });

  it.runIf(isRoot)(
    'F1, F21: who may not remove what belongs to others is told before anything has changed',
    () => {
      for (const [theirs, mode, said] of [
        ['app/sticky/x', 0o1777, /sticky\/x belongs to another user, in a sticky directory/],
        ['app/dir', 0o755, /cannot remove .*dir: .*belongs to another user/],
        ['app/dir/in', 0o777, /cannot remove .*dir.*: .*belongs to another user/],
        ['app/closed/x', 0o555, /app\/closed\/ is not writable/],
      ] as const) {
        const node = nodeWith(
          ['app/a'],
          [
            'app/a',
            'app/dir/in/deep',
            theirs === 'app/dir/in' ? 'beside' : theirs.includes('x') ? theirs : 'beside',
          ],
        );
        const archive = node.archive(['app']);
        const removes = [theirs.includes('x') ? theirs : 'app/dir'];
        node.becomeNobody();
        chownSync(join(node.destination, theirs), 1, 1);
        const above = theirs.includes('x')
          ? join(node.destination, theirs, '..')
          : join(node.destination, theirs);
        if (theirs.includes('sticky')) chownSync(above, 1, 1);
        chmodSync(above, mode);
        const before = comparable(node);
        expect(node.receive(archive, { removes }).stdout).toMatch(said);
        expect(comparable(node)).toEqual(before);
      }
    },
  );
});
