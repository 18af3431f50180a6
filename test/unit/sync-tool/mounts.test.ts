// @module-tag slow: left out of npm run test:quick
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRoot, RelocationNode, TOOLS } from '../node/relocation-node.ts';
import { Member, RUN, runTools } from './tools.ts';

describe.runIf(isRoot).each(TOOLS)('the sync tool on a node with %s and mounts', (tools) => {
  const shell = tools === 'busybox' ? ['busybox', 'sh'] : ['sh'];
  /** Two disks, one mounted below the other, and what is sent to them. */
  const memberWithDisks = () => {
    const { top } = new RelocationNode(shell, tools);
    const disks = [join(top, 'disk 1'), join(top, 'disk 2')];
    for (const path of [...disks, join(top, 'disk 1/sub')]) mkdirSync(path);
    const mounts = 'mount --bind "$1" "$3" && mount --bind "$2" "$3/sub" && PATH=$4 && shift 4 && exec "$@"';
    const words = [
      '/usr/bin/unshare',
      '-m',
      '/bin/sh',
      '-c',
      `PATH=/usr/bin:/bin:/usr/sbin:/sbin; ${mounts}`,
      'sh',
      ...disks,
    ];
    const member = new Member('[a@n1:22]', words);
    member.extra = { LOCKSTEP_SINCE: 'noon' };
    const point = join(member.destination, 'etc/app/conf.d');
    mkdirSync(point);
    words.push(point, join(top, 'bin'), ...shell);
    member.put('run/etc/app/conf.d/sub/deep', 'new');
    const [disk = '', below = ''] = disks;
    writeFileSync(join(below, 'deep'), 'old');
    return { member, disk, below };
  };

  it('F1: what is put on other mounts is counted and proven, though nothing else is sent', async () => {
    for (const others of [1, 0]) {
      const { member, disk, below } = memberWithDisks();
      if (others === 0) rmSync(join(member.top, 'run/etc/app/app.conf'));
      expect(await runTools([member], []), member.output).toEqual([0]);
      expect(member.output).toContain(`staged ${2 + others} files for ${member.destination}\n`);
      expect(readFileSync(join(disk, '-x y'), 'utf8')).toBe('new');
      expect(readFileSync(join(below, 'deep'), 'utf8')).toBe('new');
      expect([readdirSync(disk).sort(), readdirSync(below)]).toEqual([['-x y', 'sub'], ['deep']]);
    }
  });

  it('F1: what is not on another mount as it was sent is a failure, and all is taken back', async () => {
    const { member, disk, below } = memberWithDisks();
    const codes = await runTools([member], [], (_member, said) => {
      if (said !== 'staged') return;
      const stage = join(below, `.lockstep-${RUN}`);
      const staged = readdirSync(stage, { recursive: true, encoding: 'utf8' });
      const isSent = (name: string) =>
        name.endsWith('/deep') && readFileSync(join(stage, name), 'utf8') === 'new';
      for (const name of staged.filter(isSent)) writeFileSync(join(stage, name), 'changed');
    });
    expect(codes).toEqual([1]);
    expect(member.output).toContain('/etc/app/conf.d/sub/deep has another size than it was sent with');
    expect([readdirSync(disk), readdirSync(below)]).toEqual([['sub'], ['deep']]);
    expect([member.conf, readFileSync(join(below, 'deep'), 'utf8')]).toEqual(['old', 'old']);
  });
});
