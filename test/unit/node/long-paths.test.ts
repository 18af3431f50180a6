// @module-tag slow: left out of npm run test:quick
/** Files at the end of paths as long as one can be, and longer. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRoot } from './relocation-node.ts';
import { NODES, relocationsOn } from './relocations.ts';

describe.each(NODES)('a node with $tools under $shell', (kind) => {
  const { nodeWith } = relocationsOn(kind);

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

  it.runIf(isRoot)(
    'F1: what lies far below a mount that is itself far down is sent, though its path in the stage is too long',
    () => {
      const node = nodeWith([]);
      const [above, below] = ['b', 'd'].map((name) =>
        Array.from({ length: 7 }, () => name.repeat(220)).join('/'),
      );
      const mount = `${above}/m`;
      const disk = join(node.top, 'disk');
      for (const path of [disk, join(node.destination, mount), join(node.source, mount, `${below}`)])
        mkdirSync(path, { recursive: true });
      writeFileSync(join(node.source, mount, `${below}`, 'file'), 'new');
      node.mounts = `mount --bind '${disk}' '${node.destination}/${mount}'`;
      const done = node.upload([mount], { base: above ?? '' });
      expect(done.stdout, done.stderr).toMatch(/COMMITTED\n$/);
      expect(readFileSync(join(disk, `${below}`, 'file'), 'utf8')).toBe('new');
    },
  );

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
});
