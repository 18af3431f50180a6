// @module-tag slow: left out of npm run test:quick
/** By which programs a node without python proves files. */
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from './relocation-node.ts';
import { relocationsOn } from './relocations.ts';
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
