// @module-tag slow: left out of npm run test:quick
/** By which programs nodes prove files. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from './relocation-node.ts';
import { put, relocationsOn } from './relocations.ts';
import { FLIPPED, tampered } from './tampered.ts';

const PROGRAMS = ['openssl', 'sha256sum', 'shasum', 'busybox', 'cksum'];

describe.each([{ tools: 'perl' }, { tools: 'sh' }] as const)('a node with $tools alone', ({ tools }) => {
  const { nodeWith, comparable } = relocationsOn({ tools, words: ['dash'] });

  const nodeHaving = (programs: readonly string[]) => {
    const node = nodeWith(['app/a', 'app/new\nline', 'app/back\\slash']);
    const bin = join(node.top, 'bin');
    for (const program of PROGRAMS) spawnSync('rm', ['-f', join(bin, program)]);
    for (const program of programs) symlinkSync(`/usr/bin/${program}`, join(bin, program));
    return node;
  };

  it.each([['openssl'], ['sha256sum'], ['busybox', 'cksum']])('F4: proves files by %s', (...programs) => {
    const node = nodeHaving(programs);
    expect(node.upload(['app']).stdout).toMatch(/^TOKEN STAGE (.*\n)*.*COMMITTED\n$/);
    const other = nodeHaving(programs);
    const flip = "printf X | dd of='tree/app/new\nline' conv=notrunc 2>/dev/null";
    const before = comparable(other);
    const received = other.receive(other.archive(['app']), { text: tampered('unpacked', flip) });
    expect(received.stdout).toMatch(FLIPPED);
    expect(comparable(other)).toEqual(before);
  });

  it('F4: proves files by cksum where there is nothing better, and the list has its sums', () => {
    const cksum = (contents: Buffer) => {
      const { stdout } = spawnSync('cksum', { input: contents });
      return `${sha256(contents)}:${`${stdout}`.split(' ')[0]}`;
    };
    // This machine's perl has Digest::SHA, which is better.
    if (tools === 'perl') return;
    const node = nodeHaving(['cksum']);
    expect(node.upload(['app']).stdout).toMatch(/ERROR nothing on this node tells the sha256 of files/);
    expect(node.upload(['app'], { sum: cksum }).stdout).toMatch(/^TOKEN CKSUM\n(.*\n)*.*COMMITTED\n$/);
    const other = nodeHaving(['cksum']);
    const flip = "printf X | dd of='tree/app/new\nline' conv=notrunc 2>/dev/null";
    const archive = other.archive(['app'], { sum: cksum });
    const received = other.receive(archive, { text: tampered('unpacked', flip) });
    expect(received.stdout).toMatch(/its bytes are not those that were sent: cksum \d+ for \d+\n/);
  });
});

/** What begins sooner than python hashes few bytes in less time, and many bytes in much more. */
describe.runIf(existsSync('/usr/bin/python3'))('a node with perl and python', () => {
  const { nodeWith, read, comparable } = relocationsOn({ tools: 'perl', words: ['dash'] });
  const few = ['app/a', 'app/back\\slash', 'app/new\nline', 'app/z'];

  /** PYTHON: what python3 is there, behind a note of its own that it was started. */
  const nodeWithPython = (python: string, bytes: number) => {
    const node = nodeWith(few);
    put(node.source, 'app/m', 'x'.repeat(bytes));
    const started = join(node.top, 'started');
    writeFileSync(join(node.top, 'bin/python3'), `#!/bin/sh\necho >>'${started}'\n${python}\n`, {
      mode: 0o755,
    });
    for (const program of PROGRAMS) spawnSync('rm', ['-f', join(node.top, 'bin', program)]);
    symlinkSync('/usr/bin/sha256sum', join(node.top, 'bin/sha256sum'));
    const times = () => (existsSync(started) ? readFileSync(started, 'utf8').length : 0);
    return { node, times };
  };

  it.each([
    ['once for all files, where there is much to read', 'exec /usr/bin/python3 "$@"', 5_000_000, 1],
    ['not at all, where there is little', 'exec /usr/bin/python3 "$@"', 3_000_000, 0],
    ['in vain where it does not run', 'exit 1', 5_000_000, 1],
    ['in vain where it says nothing', 'exit 0', 5_000_000, 1],
    ['in vain where it does not get to its end', 'echo; kill $$', 5_000_000, 1],
    ['in vain where it has less than all', `echo ${sha256(Buffer.from('new app/a'))}`, 5_000_000, 1],
  ])('F4: proves files by python %s, and a flipped byte is seen', (_, python, bytes, asked) => {
    const { node, times } = nodeWithPython(python, bytes);
    for (const name of [...few, 'app/m']) {
      const flip = `printf X | dd of='tree/${name}' conv=notrunc 2>/dev/null`;
      const before = comparable(node);
      const started = times();
      const refused = node.receive(node.archive(['app']), { text: tampered('unpacked', flip) });
      expect(refused.stdout).toMatch(FLIPPED);
      expect(times() - started).toBe(asked);
      expect(comparable(node)).toEqual(before);
    }
    const { stdout, stderr } = node.upload(['app']);
    expect(stdout, stderr).toMatch(/COMMITTED\n$/);
    expect(read(node, 'app/m')).toHaveLength(bytes);
  });

  it('F4: proves files by python where more names are closed than one process takes', () => {
    const { node, times } = nodeWithPython('exec /usr/bin/python3 "$@"', 5_000_000);
    const far = `app/${'far away/'.repeat(20)}`;
    for (let at = 0; at < 700; at++) put(node.source, `${far}${at}`);
    spawnSync('chmod', ['0', ...Array.from({ length: 300 }, (_, at) => join(node.source, far, `${at}`))]);
    const archive = node.archive(['app']);
    node.becomeNobody();
    const flip = `chmod 700 'tree/${far}7'; printf X | dd of='tree/${far}7' conv=notrunc 2>/dev/null; chmod 0 'tree/${far}7'`;
    expect(node.receive(archive, { text: tampered('unpacked', flip) }).stdout).toMatch(FLIPPED);
    const { stdout, stderr } = node.receive(archive);
    expect(stdout, stderr).toMatch(/STAGED\n$/);
    expect(times()).toBe(2);
  });
});
