// @module-tag slow: left out of npm run test:quick
/** With which program a node that has several carries out a plan: for few names the one that starts sooner, else the one that needs less for each. */
import { chmodSync, existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXECUTORS } from '../../../src/node/executors.ts';
import { isRoot, stageOf } from './relocation-node.ts';
import { NODES, relocationsOn } from './relocations.ts';
import { SHELLS } from './shells.ts';
import { FLIPPED, tampered } from './tampered.ts';

const FEW = ['0', '1499'];
const MANY = ['0', '1500'];
const hasPython = NODES.some(({ tools }) => tools === 'python3');

describe.runIf(hasPython).each(SHELLS)('a node with perl and python under %s', (_shell, words) => {
  const { nodeWith, read, comparable } = relocationsOn({ tools: 'perl', words });

  const nodeWithPython = (python?: string) => {
    const node = nodeWith(['app/a', "app/it's", 'app/new/b'], ['app/a']);
    const path = join(node.top, 'bin/python3');
    if (python === undefined) symlinkSync('/usr/bin/python3', path);
    else writeFileSync(path, `#!/bin/sh\n${python}\n`, { mode: 0o755 });
    return node;
  };

  it.each([
    ['perl', 'few', FEW, 'executor.pl'],
    ['python', 'many', MANY, 'executor.py'],
  ] as const)('F4: takes %s for %s names, and proves all by it', (_, _few, room, program) => {
    const node = nodeWithPython();
    const programs = EXECUTORS.filter(({ name }) => name === program);
    const flip = "printf X | dd of='tree/app/new/b' conv=notrunc 2>/dev/null";
    const before = comparable(node);
    const text = tampered('unpacked', flip);
    expect(node.receive(node.archive(['app'], { programs }), { room, text }).stdout).toMatch(FLIPPED);
    expect(node.runs).toBe(program);
    expect(comparable(node)).toEqual(before);
    const { stdout, stderr } = node.upload(['app'], { programs, room });
    expect(stdout, stderr).toMatch(/COMMITTED\n$/);
    expect([read(node, 'app/a'), read(node, 'app/new/b')]).toEqual(['new app/a', 'new app/new/b']);
  });

  it('F14: a switch by python that fails is taken back', () => {
    const node = nodeWithPython();
    const before = comparable(node);
    const stage = stageOf(node.receive(node.archive(['app']), { room: MANY }));
    rmSync(join(stage, 'tree/app/new'), { recursive: true });
    expect(node.commit(stage).stdout).toMatch(/ERROR [^,]*; what was begun is taken back\nTOKEN EXIT 1\n$/);
    expect(comparable(node)).toEqual(before);
  });

  it.each(['exit 127', 'kill -9 $$', 'echo "Unknown option: -I" >&2; exit 2'])(
    'F4: takes perl where python does not run: %s',
    (python) => {
      const node = nodeWithPython(python);
      const { stdout, stderr } = node.upload(['app'], { room: MANY });
      expect(stdout, stderr).toMatch(/COMMITTED\n$/);
      expect(read(node, 'app/new/b')).toBe('new app/new/b');
    },
  );

  it('F4: a python that has begun is not followed by perl, which would meet what it has left', () => {
    const node = nodeWithPython(': >placed; exit 3');
    const before = comparable(node);
    const { stdout } = node.receive(node.archive(['app']), { room: MANY });
    expect(stdout).toMatch(
      /ERROR the plan cannot be carried out on this node: python3 was killed, or does not work\n/,
    );
    expect(stdout).not.toMatch(/STAGED/);
    expect(comparable(node)).toEqual(before);
  });

  it.runIf(isRoot).each([
    ['perl', FEW],
    ['python', MANY],
  ] as const)('F21: %s removes a directory into which its account cannot look', (_, room) => {
    const node = nodeWith(['app/a'], ['app/a', 'app/gone/deep/x']);
    symlinkSync('/usr/bin/python3', join(node.top, 'bin/python3'));
    node.becomeNobody();
    chmodSync(join(node.destination, 'app/gone/deep'), 0o444);
    const received = node.receive(node.archive(['app']), { removes: ['app/gone'], room });
    expect(received.stdout, received.stderr).toMatch(/STAGED\n$/);
    expect(node.commit(stageOf(received)).stdout).toBe('TOKEN COMMITTED\n');
    expect(existsSync(join(node.destination, 'app/gone'))).toBe(false);
  });
});

it.each([
  ['perl', 'exit 127', FEW],
  ['perl', 'kill -9 $$', MANY],
  ['python3', 'exit 1', MANY],
] as const)('F4: names the %s that does not work (%s), and changes nothing', (tools, program, room) => {
  const { nodeWith, comparable } = relocationsOn({ tools, words: SHELLS[0][1] });
  const node = nodeWith(['app/a'], ['app/a']);
  const path = join(node.top, 'bin', tools);
  rmSync(path);
  writeFileSync(path, `#!/bin/sh\n${program}\n`, { mode: 0o755 });
  const before = comparable(node);
  const { stdout } = node.receive(node.archive(['app']), { room });
  const named = new RegExp(
    `ERROR the plan cannot be carried out on this node: ${tools} was killed, or does not work\n`,
  );
  expect(stdout).toMatch(named);
  expect(stdout).not.toMatch(/STAGED/);
  expect(comparable(node)).toEqual(before);
});

it.each(['perl', 'sh'] as const)('a node with %s alone takes that for many names, too', (tools) => {
  const { nodeWith } = relocationsOn({ tools, words: SHELLS[0][1] });
  const node = nodeWith(['app/a']);
  expect(node.upload(['app'], { room: MANY }).stdout).toMatch(/COMMITTED\n$/);
  expect(node.runs).toBe(tools === 'perl' ? 'executor.pl' : 'executor.sh');
});

it.runIf(hasPython)(
  'F4: a node with python needs no other program that makes a sha256 for many names',
  () => {
    const { nodeWith } = relocationsOn({ tools: 'python3', words: SHELLS[0][1] });
    const node = nodeWith(['app/a']);
    for (const program of ['openssl', 'sha256sum', 'shasum', 'busybox'])
      rmSync(join(node.top, 'bin', program), { force: true });
    expect(node.upload(['app'], { room: MANY }).stdout).not.toContain('CKSUM');
  },
);
