// @module-tag slow: left out of npm run test:quick
/** What a node must prove before it says that files are in place, and what it must find out while nothing has changed. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXECUTORS, RECEIVE_TEXT } from '../../../src/node/texts.ts';
import { isRoot, listing, RelocationNode, RUN, stageOf, TOOLS, toComparable } from './relocation-node.ts';
import { SHELLS } from './shells.ts';

const put = (side: string, path: string, text = path) => {
  mkdirSync(dirname(join(side, path)), { recursive: true });
  writeFileSync(join(side, path), text);
};
const NODES = TOOLS.map((tools, at) => {
  const [shell, words] = SHELLS[tools === 'busybox' ? 2 : at % SHELLS.length] ?? SHELLS[0];
  return { tools, shell, words };
});

describe.each(NODES)('a node with $tools under $shell', ({ tools, words }) => {
  const nodeWith = (files: readonly string[], old: readonly string[] = []) => {
    const node = new RelocationNode(words, tools);
    for (const file of files) put(node.source, file, `new ${file}`);
    for (const file of old) put(node.destination, file, `old ${file}`);
    return node;
  };
  const read = (node: RelocationNode, file: string) => readFileSync(join(node.destination, file), 'utf8');
  const comparable = (node: RelocationNode) => listing(node.destination).map(toComparable(tools));

  it.runIf(isRoot)('F1: puts what goes directly into / there', () => {
    const node = nodeWith(['f', 'g'], ['g']);
    node.mounts = `mount --bind '${node.destination}' /mnt`;
    // The root of a node of its own: only the tools that it needs are there.
    const bind = ['usr', 'bin', 'sbin', 'lib', 'lib64', 'proc', 'dev', 'tmp'].filter((name) =>
      existsSync(`/${name}`),
    );
    for (const name of bind) mkdirSync(join(node.destination, name));
    node.mounts = [
      ...bind.map((name) => `mount --rbind /${name} '${node.destination}/${name}'`),
      `mount --rbind '${node.destination}' '${node.destination}'`,
      ...bind.map((name) => `mount --rbind /${name} '${node.destination}/${name}'`),
      `cd '${node.destination}'`,
      'mkdir -p old-root && pivot_root . old-root && cd /',
    ].join('\n');
    const done = node.upload(['f', 'g'], { destination: '/' });
    expect(done.stdout).toMatch(/COMMITTED\n$/);
    expect([read(node, 'f'), read(node, 'g')]).toEqual(['new f', 'new g']);
  });

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

  it('F1: a file whose path is too long for the node is refused by name, and never passed over', () => {
    const deep = Array.from({ length: 16 }, (_, at) => `${at}`.padEnd(240, 'd')).join('/');
    const node = nodeWith([]);
    const make = (side: string) => {
      const script = `cd "$1"; for part in $(echo "$2" | tr / ' '); do mkdir $part && cd -P $part; done; echo "$3" >file`;
      execFileSync('bash', ['-c', script, 'bash', side, deep, side]);
    };
    make(node.source);
    make(node.destination);
    const member = `${deep}/file`;
    const archive = node.archive([member]);
    const received = node.receive(archive);
    const isLong = Buffer.byteLength(join(node.destination, member)) > 4095;
    expect(isLong).toBe(false);
    expect(received.stdout, received.stderr).toMatch(/STAGED\n$/);
    const longer = join(node.destination, 'x'.repeat(220));
    execFileSync('mkdir', [longer]);
    const refused = node.receive(archive, { destination: join(node.destination, 'x'.repeat(220)) });
    expect(refused.stdout).toMatch(/ERROR .*too long for this node/);
    expect(readdirSync(longer)).toEqual([]);
  });

  it.runIf(isRoot)(
    'F1: a file at the end of a long path is replaced, though it lies on another mount',
    () => {
      const node = nodeWith([]);
      const mount = 'm'.repeat(240);
      const disk = join(node.top, 'disk');
      for (const path of [disk, join(node.destination, mount)]) mkdirSync(path);
      const rest = 4_030 - node.destination.length - mount.length;
      const deep = Array.from({ length: Math.floor(rest / 251) }, () => 'd'.repeat(250)).join('/');
      const make = (side: string, text: string) => {
        const script = `mkdir -p "$1"; cd "$1"; for part in $(echo "$2" | tr / ' '); do mkdir $part && cd -P $part; done; echo "$3" >file`;
        execFileSync('bash', ['-c', script, 'bash', side, `${deep}/${'e'.repeat(rest % 251)}`, text]);
      };
      make(join(node.source, mount), 'new');
      make(disk, 'older');
      node.mounts = `mount --bind '${disk}' '${node.destination}/${mount}'`;
      const done = node.upload([mount]);
      expect(done.stdout, done.stderr).toMatch(/COMMITTED\n$/);
      const read = 'cd "$1"; while [ ! -e file ]; do cd -P [de]*; done; cat file';
      expect(`${execFileSync('bash', ['-c', read, 'bash', disk])}`).toBe('new\n');
      expect(readdirSync(disk)).toEqual(['d'.repeat(250)]);
    },
  );

  it('F1: a link to a directory is replaced, and not followed, at the end of a path that is too long in the stage', () => {
    const node = nodeWith([]);
    const rest = 4_080 - node.destination.length;
    const deep = [
      ...Array.from({ length: Math.floor(rest / 241) }, () => 'd'.repeat(240)),
      'e'.repeat(rest % 241),
    ];
    const make = (side: string, last: string) => {
      const script = `cd -P "$1"; for part in $2; do mkdir $part && cd -P $part; done; ${last}`;
      execFileSync('bash', ['-c', script, 'bash', side, deep.join(' ')]);
    };
    make(node.source, 'echo new >file');
    make(node.destination, 'ln -s ../.. file; ln -s .. other');
    const done = node.upload([`${deep.join('/')}/file`]);
    expect(done.stdout, done.stderr).toMatch(/COMMITTED\n$/);
    expect(done.stderr).not.toMatch(/too long|can't cd/);
    const look = 'cd -P "$1"; for part in $2; do cd -P $part; done; cat file; ls -A . ..; ls -A ../..';
    const seen = execFileSync('bash', ['-c', look, 'bash', node.destination, deep.join(' ')]);
    const last = deep[deep.length - 1];
    expect(`${seen}`).toBe(`new\n.:\nfile\nother\n\n..:\n${last}\n${'d'.repeat(240)}\n`);
  });

  it.runIf(isRoot)(
    'F13: a stage whose paths are longer than a call takes, and closed to their owner, is removed after a refusal',
    () => {
      const parts = Array.from({ length: 15 }, (_, at) => `${at}`.padEnd(240, 'd'));
      const node = nodeWith([]);
      const script = 'cd "$1"; for part in $2; do mkdir $part && cd -P $part; done; echo >file';
      execFileSync('bash', ['-c', script, 'bash', node.source, parts.join(' ')]);
      const close =
        'cd "$1"; for part in $2; do cd -P $part; done; for part in $2; do chmod 500 .; cd -P ..; done';
      execFileSync('bash', ['-c', close, 'bash', node.source, parts.join(' ')]);
      const archive = node.archive([`${parts.join('/')}/file`, parts[0] ?? '']);
      const destination = join(node.destination, 'p'.repeat(250), 'p'.repeat(250));
      mkdirSync(destination, { recursive: true });
      node.becomeNobody();
      const received = node.receive(archive, { destination });
      expect(received.stdout).toMatch(/ERROR/);
      expect(readdirSync(destination)).toEqual([]);
    },
  );

  it.runIf(isRoot).each(['i', 'a'])(
    'F1: a file of another account with the attribute +%s, that may not be linked, is found before anything has changed',
    (flag) => {
      const node = nodeWith(['app/a', 'app/b'], ['app/a', 'app/b']);
      const archive = node.archive(['app']);
      node.becomeNobody();
      const file = join(node.destination, 'app/b');
      chownSync(file, 1, 1);
      chmodSync(file, 0o111);
      const before = comparable(node);
      execFileSync('chattr', [`+${flag}`, file]);
      try {
        const received = node.receive(archive);
        expect(received.stdout).toMatch(
          /ERROR cannot replace .*\/app\/b: Operation not permitted \(is it immutable/,
        );
        expect(received.code).toBe(1);
      } finally {
        execFileSync('chattr', [`-${flag}`, file]);
      }
      expect(comparable(node)).toEqual(before);
      expect(node.upload(['app']).stdout).toMatch(/COMMITTED\n$/);
      expect(read(node, 'app/b')).toBe('new app/b');
    },
  );

  it.runIf(isRoot).each(['i', 'a'])(
    'F1: a file with the attribute +%s is found before anything has changed, by name',
    (flag) => {
      const node = nodeWith(['app/a', 'app/b'], ['app/a', 'app/b']);
      const before = comparable(node);
      execFileSync('chattr', [`+${flag}`, join(node.destination, 'app/b')]);
      try {
        const received = node.receive(node.archive(['app']));
        expect(received.stdout).toMatch(
          /ERROR cannot link .*\/app\/b: Operation not permitted \(is it immutable/,
        );
        expect(received.code).toBe(1);
      } finally {
        execFileSync('chattr', [`-${flag}`, join(node.destination, 'app/b')]);
      }
      expect(comparable(node)).toEqual(before);
    },
  );

  it.runIf(isRoot).each(['i', 'a'])(
    'F1: a directory with the attribute +%s is found before anything has changed, and no stage is left',
    (flag) => {
      for (const inner of ['', 'app']) {
        const node = nodeWith(['app/new', 'top'], ['app/old']);
        const closed = join(node.destination, inner);
        const before = comparable(node);
        execFileSync('chattr', [`+${flag}`, closed]);
        try {
          const received = node.receive(node.archive(['app/new', 'top']));
          expect(received.stdout).toMatch(
            /ERROR .*(append-only|immutable|not writable|Operation not permitted)/,
          );
          expect(readdirSync(node.destination)).toEqual(['app']);
        } finally {
          execFileSync('chattr', [`-${flag}`, closed]);
        }
        expect(comparable(node)).toEqual(before);
      }
    },
    60_000,
  );

  it.runIf(isRoot)('F1, F5: links that find no room are found before anything has changed', () => {
    const files = Array.from({ length: 60 }, (_, at) => `app/${at}`);
    const node = nodeWith(files);
    const old = join(node.top, 'old');
    for (const file of files) put(old, file, 'old');
    node.mounts = `mount -t tmpfs -o nr_inodes=150,mode=755 tmpfs '${node.destination}'; cp -a '${old}/app' '${node.destination}/'`;
    const received = node.receive(node.archive(['app']));
    expect(received.stdout).toMatch(/ERROR no space left on .*and \d inodes/);
    expect(received.code).toBe(1);
  });

  it.runIf(isRoot)(
    'F1: attributes of a directory on a read-only mount are asked before anything has changed',
    () => {
      const node = nodeWith([]);
      for (const side of [node.source, node.destination])
        mkdirSync(join(side, 'app/ro/sub'), { recursive: true });
      put(node.source, 'app/f');
      chmodSync(join(node.source, 'app/ro'), 0o700);
      const before = comparable(node);
      node.mounts = `mount --bind '${node.destination}/app/ro' '${node.destination}/app/ro'; mount -o remount,bind,ro '${node.destination}/app/ro'`;
      const received = node.receive(node.archive(['app']));
      expect(received.stdout).toMatch(
        /ERROR cannot change the attributes of .*\/app\/ro\/?.*: Read-only file system/,
      );
      expect(comparable(node)).toEqual(before);
    },
  );

  it.runIf(isRoot)('a mount is crossed only where something is put behind it', () => {
    const node = nodeWith(['data/sub/f']);
    const disk = join(node.top, 'disk');
    mkdirSync(join(disk, 'sub'), { recursive: true });
    mkdirSync(join(node.destination, 'data'));
    node.mounts = `mount --bind '${disk}' '${node.destination}/data'`;
    for (const base of ['data/sub', 'data']) {
      const done = node.upload(['data/sub/f'], { base });
      const stages = done.stdout.match(/STAGE .*/g);
      expect(stages).toEqual([`STAGE ${node.destination}/${base}/.lockstep-${RUN}`]);
      expect(done.stdout).toMatch(/COMMITTED\n$/);
      expect(readFileSync(join(disk, 'sub/f'), 'utf8')).toBe('new data/sub/f');
      expect([readdirSync(disk), readdirSync(node.destination)]).toEqual([['sub'], ['data']]);
    }
  });

  it.runIf(isRoot)('a node with many mounts does no more for each directory than one with few', () => {
    const directories = Array.from({ length: 12 }, (_, at) => `app/${at}`);
    const node = nodeWith(directories.map((directory) => `${directory}/f`));
    for (const directory of directories) mkdirSync(join(node.destination, directory), { recursive: true });
    const many = join(node.top, 'many');
    for (let at = 0; at < 60; at++) mkdirSync(join(many, `${at}`), { recursive: true });
    // Each command that the shell runs is a line of the trace.
    const commandsFor = (roots: readonly string[], mounts: number) => {
      node.mounts = `for at in $(seq ${mounts}); do mount --bind '${many}/0' '${many}'/$((at - 1)); done`;
      const received = node.receive(node.archive(roots), { text: `set -x; ${RECEIVE_TEXT}` });
      expect(received.stdout).toMatch(/STAGED\n$/);
      expect(node.recover().code).toBe(0);
      return received.stderr.match(/^\++ /gm)?.length ?? 0;
    };
    const extra = (roots: readonly string[]) => commandsFor(roots, 60) - commandsFor(roots, 1);
    const forOne = extra(directories.slice(0, 1));
    expect(forOne).toBeGreaterThanOrEqual(50);
    expect(extra(directories) - forOne).toBeLessThan(5 * 59);
  });

  it('F14: two members that lead to one place on a node are refused', () => {
    const node = nodeWith(['a/f', 'b/f', 'z/z'], ['b/f', 'z/z']);
    symlinkSync('b', join(node.destination, 'a'));
    const before = comparable(node);
    const received = node.receive(node.archive(['a/f', 'b/f', 'z/z']));
    expect(received.stdout).toMatch(/ERROR .*\/b\/f and .*\/b\/f are one place on this node/);
    expect(comparable(node)).toEqual(before);
    // Different names below the two are no clash.
    put(node.source, 'a/g', 'new');
    const done = node.upload(['a/g', 'b/f']);
    expect(done.stdout, done.stderr).toMatch(/COMMITTED\n$/);
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
    if (tools === 'busybox') return expect(received.code).toBe(1);
    expect(received.stdout, received.stderr).toMatch(/STAGED\n$/);
    expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
    const modeOf = (name: string) => statSync(join(node.destination, 'app', name)).mode & 0o7777;
    expect(['closed', 'locked', 'closed/su', 'locked/sg', 'open/su'].map(modeOf)).toEqual([
      0o300, 0, 0o755, 0o755, 0o755,
    ]);
    expect(readdirSync(node.destination)).toEqual(['app']);
  });

  it.runIf(isRoot)(
    'F1: what was sent is proven behind a link there, too, where it closes the directory that the link leads to',
    () => {
      // busybox tar closes a directory before it has filled it.
      const isBusybox = tools === 'busybox';
      const node = nodeWith(isBusybox ? [] : ['app/a', 'app/b'], ['other/a']);
      mkdirSync(join(node.source, 'app'), { recursive: true });
      chmodSync(join(node.source, 'app'), 0o2000);
      symlinkSync(join(node.destination, 'other'), join(node.destination, 'app'));
      const archive = node.archive(['app']);
      node.becomeNobody();
      const stage = stageOf(node.receive(archive));
      const committed = node.commit(stage);
      expect(committed.stdout).toBe('TOKEN COMMITTED\n');
      expect(lstatSync(join(node.destination, 'app')).isSymbolicLink()).toBe(true);
      expect(statSync(join(node.destination, 'other')).mode & 0o777).toBe(0);
      if (!isBusybox)
        expect([read(node, 'other/a'), read(node, 'other/b')]).toEqual(['new app/a', 'new app/b']);
      expect(readdirSync(node.destination).sort()).toEqual(['app', 'other']);
    },
  );

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

  it('F1: a staged file that is not what was sent is refused by name', () => {
    const node = nodeWith(['app/a', 'app/b']);
    const archive = node.archive(['app']);
    const at = archive.indexOf('member 81a4');
    const changed = Buffer.from(archive);
    changed.write(
      changed
        .toString('latin1', at, at + 300)
        .replace(
          / (\d)(\d*) (\d+\.\d{9} 'app\/a')/,
          (_, first, rest, end) => ` ${first === '9' ? 1 : 9}${rest} ${end}`,
        ),
      at,
      'latin1',
    );
    const received = node.receive(changed);
    expect(received.stdout).toMatch(
      /ERROR app\/a cannot be kept as it was sent: its size is another one in the stage/,
    );
    expect(readdirSync(node.destination)).toEqual([]);
  });

  it('F1: a plan that is not whole, or has a step that nobody knows, is not carried out', () => {
    const changes: [RegExp, string, RegExp][] = [
      [/\nstep \d+ end [^\n]*\n$/, '\n', /the plan is not whole/],
      [/ new '/, " brandnew '", /the plan has an unknown step: brandnew/],
      [/(step \d+ attributes '[^']*') '[^']*'/, '$1', /the plan is wrong in step \d+/],
      [/\nstep 2 [^\n]*/, '', /the plan is wrong in step 2/],
      [/ 'b'/, '', /the plan is not whole/],
    ];
    for (const [from, to, why] of changes) {
      const node = nodeWith(['app/a', 'app/b', 'app/c'], ['app/a']);
      const before = comparable(node);
      const stage = stageOf(node.receive(node.archive(['app'])));
      const plan = readFileSync(join(stage, 'plan'), 'utf8');
      expect(plan).toMatch(from);
      writeFileSync(join(stage, 'plan'), plan.replace(from, to));
      expect(node.commit(stage).stdout).toMatch(why);
      for (const name of ['app/a']) expect(read(node, name)).toBe(`old ${name}`);
      expect(comparable(node).filter((line) => !line.includes('.lockstep')).length).toBe(before.length);
    }
  });

  it('F1: what has appeared since the plan was made is not overwritten, and all is taken back', () => {
    const node = nodeWith(['app/a', 'app/new'], ['app/a']);
    const stage = stageOf(node.receive(node.archive(['app'])));
    put(node.destination, 'app/new', "somebody else's");
    expect(node.commit(stage).stdout).toMatch(
      /ERROR .*\/app\/new has appeared meanwhile; what was begun is taken back\nTOKEN EXIT 1\n$/,
    );
    expect([read(node, 'app/a'), read(node, 'app/new')]).toEqual(['old app/a', "somebody else's"]);
    expect(readdirSync(node.destination)).toEqual(['app']);
  });

  it('F14: an undo of what was not replaced yet is whole, for links as for files', () => {
    const node = nodeWith(['app/a', 'app/link', 'app/link to a directory'], ['app/a']);
    symlinkSync('nowhere', join(node.destination, 'app/link'));
    symlinkSync('..', join(node.destination, 'app/link to a directory'));
    const before = comparable(node);
    const stage = stageOf(node.receive(node.archive(['app'])));
    execFileSync('sh', ['-c', 'rm -r "$1"/tree/app/*', 'sh', stage]);
    expect(node.commit(stage).stdout).toMatch(
      /^TOKEN ERROR [^,]*; what was begun is taken back\nTOKEN EXIT 1\n$/,
    );
    expect(comparable(node)).toEqual(before);
  });

  it('F14: an undo gives back what lay there last, though it was replaced since the plan was made', () => {
    const node = nodeWith(['app/a', 'app/b'], ['app/a', 'app/b']);
    const stage = stageOf(node.receive(node.archive(['app'])));
    execFileSync('sh', ['-c', 'echo later >"$1/later" && mv "$1/later" "$1/app/a"', 'sh', node.destination]);
    execFileSync('rm', ['-rf', join(stage, 'tree/app/b')]);
    expect(node.commit(stage).stdout).toMatch(/ERROR/);
    expect([read(node, 'app/a'), read(node, 'app/b')]).toEqual(['later\n', 'old app/b']);
  });
});

describe('the programs that carry plans out', () => {
  it.each([
    ['executor.pl', 'perl', ['-c']],
    ['executor.py', 'python3', ['-m', 'py_compile']],
    ['executor.sh', 'sh', ['-n']],
    [
      'executor.sh',
      'shellcheck',
      ['--shell=sh', '--exclude=SC1091,SC2015,SC2034,SC2046,SC2086,SC2119,SC2120,SC2154,SC2317,SC3013'],
    ],
  ])('%s, as it is sent, is right for %s', (name, program, words) => {
    if (!existsSync(`/usr/bin/${program}`)) return;
    const node = new RelocationNode(['sh']);
    const path = join(node.top, name);
    writeFileSync(path, EXECUTORS.find((executor) => executor.name === name)?.text ?? '');
    execFileSync(program, [...words, path], { stdio: 'pipe' });
  });

  it('say the same words', () => {
    const said = EXECUTORS.map(({ text }) => {
      const plain = text.replaceAll(/[`'"]/g, ' ');
      return [
        'are one place on this node',
        'has appeared meanwhile',
        'was not put in place',
        'the plan is not whole',
        'it is append-only, see lsattr',
        'than it was sent with',
      ].filter((words) => !plain.includes(words));
    });
    expect(said).toEqual([[], [], []]);
  });
});
