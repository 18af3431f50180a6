// @module-tag slow: left out of npm run test:quick
/** What a node must prove before it says that files are in place. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXECUTORS } from '../../../src/node/executors.ts';
import { isRoot, RelocationNode, stageOf } from './relocation-node.ts';
import { NODES, put, relocationsOn } from './relocations.ts';

describe.each(NODES)('a node with $tools under $shell', ({ tools, words }) => {
  const { nodeWith, read, comparable } = relocationsOn({ tools, words });

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

  it('F1: a staged file that is not what was sent is refused by name', () => {
    const node = nodeWith(['app/a', 'app/b']);
    const archive = node.archive(['app']);
    const at = archive.indexOf('member 81a4');
    const changed = Buffer.from(archive);
    changed.write(
      changed
        .toString('latin1', at, at + 300)
        .replace(
          / (\d)(\d*) (\d+\.\d{9} \w+ 'app\/a')/,
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
