// @module-tag slow: left out of npm run test:quick
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RELOCATE_LIBRARY } from '../../../src/node/texts.ts';
import { SHELLS } from '../node/shells.ts';

import { isBack, Member, RUN, read, recover, runTools, threeMembers } from './tools.ts';

describe.each(SHELLS)('the sync tool under %s', (_shell, words) => {
  it('replaces the files on all nodes, checks before and reloads behind it', async () => {
    const members = threeMembers(words);
    const codes = await runTools(members, [
      '--check=cat "$LOCKSTEP_STAGE/etc/app/app.conf" >>"$TOP/log"; cat "$TOP/destination/etc/app/app.conf" >>"$TOP/log"',
      '--reload',
      'cat "$TOP/destination/etc/app/app.conf" >>"$TOP/log"; cat',
    ]);
    expect(members.map((member) => member.output)).toEqual(
      members.map((member) => `staged 2 files for ${member.destination}\nswitched\nreloaded\n`),
    );
    expect(codes).toEqual([0, 0, 0]);
    for (const member of members) {
      expect(member.log()).toBe('newoldnew');
      expect(readFileSync(join(member.destination, 'etc/app/conf.d/-x y'), 'utf8')).toBe('new');
      expect(readdirSync(join(member.destination, 'etc/app')).sort()).toEqual(['app.conf', 'conf.d']);
      expect(member.state).toBe('new');
    }
  });

  it.each([
    [
      '--check=[ "$LOCKSTEP_NODE" ]; case $TOP in "$BAD") exit 3 ;; esac',
      'the check failed with code 3',
      'old',
    ],
    [
      '--reload=cat "$TOP/destination/etc/app/app.conf" >>"$TOP/log"; case $TOP in "$BAD") exit 3 ;; esac',
      'the reload failed with code 3',
      'newold',
    ],
  ])('F1: takes all back on all nodes when one fails: %s', async (argument, why, log) => {
    const members = threeMembers(words);
    const bad = members[1]?.top ?? '';
    const codes = await runTools(members, [argument.replace('$BAD', bad)]);
    expect(codes).toEqual([1, 1, 1]);
    for (const member of members) {
      isBack(member);
      expect(member.output).toContain(`${why}\n`);
      expect(member.output).toContain('undone: ');
      expect(member.state).toBe(argument.startsWith('--check') ? 'staging' : 'old');
      if (member.log() !== '') expect(member.log()).toBe(log);
    }
  });

  it.each(['staged', 'switched', 'reloaded'])(
    'F1: takes all back when the controller is gone before all are %s',
    async (text) => {
      const members = threeMembers(words);
      const codes = await runTools(members, ['--reload=:'], (_member, said) => {
        if (said !== text) return true;
        for (const { child } of members) child.stdin.end();
        return false;
      });
      expect(codes.every((code) => code !== 0)).toBe(true);
      for (const member of members) isBack(member);
    },
  );

  it.each(['staged', 'switched', 'reloaded'])(
    'F1: takes all back on TERM while it waits until all are %s',
    async (text) => {
      const member = new Member('[a@n1:22]', words);
      const other = new Member('[a@n2:22]', words);
      const codes = await runTools([member, other], ['--reload=:'], (_member, said) => {
        if (said !== text) return true;
        for (const { child } of [member, other]) child.kill('SIGTERM');
        return false;
      });
      expect(codes.every((code) => code !== 0)).toBe(true);
      isBack(member);
      isBack(other);
    },
  );

  it.each(['staged', 'switched', 'reloaded'])(
    'F1: a tool that was killed when it was %s leaves what brings its node back',
    async (text) => {
      const members = threeMembers(words);
      const [victim, ...others] = members;
      if (victim === undefined) throw new Error('no victim');
      const codes = await runTools(members, ['--reload=:'], (member, said) => {
        if (member !== victim || said !== text) return true;
        process.kill(-(victim.child.pid ?? 0), 'SIGKILL');
        return false;
      });
      expect(codes).toEqual([null, 1, 1]);
      for (const member of others) isBack(member);
      expect(victim.state).toBe(text === 'staged' ? 'staging' : 'begun');
      expect(await recover(victim)).toBe(0);
      isBack(victim);
      expect(victim.state).toBe(text === 'staged' ? 'staging' : 'old');
    },
  );

  it('F1: ends wholly old or wholly new, whenever TERM comes', async () => {
    for (let delayMs = 0; delayMs < 120; delayMs += 8) {
      const member = new Member('[a@n1:22]', words);
      const ended = runTools([member], ['--check=:', '--reload=:']);
      setTimeout(() => {
        if (member.child.exitCode === null) process.kill(-(member.child.pid ?? 0), 'SIGTERM');
      }, delayMs);
      const [code] = await ended;
      if (code === 0) expect(member.conf).toBe('new');
      else isBack(member);
      expect(member.output).not.toContain('not undone');
    }
  });

  it('works alone, installed beside its parts', async () => {
    const member = new Member('alone', words);
    mkdirSync(join(member.top, 'lib'));
    writeFileSync(join(member.top, 'lib/relocate.sh'), RELOCATE_LIBRARY);
    writeFileSync(join(member.top, 'lib/lockstep.sh'), read('lib/lockstep.sh'));
    writeFileSync(join(member.top, 'sync'), read('sync'));
    const [program = '', ...flags] = words;
    const child = spawn(program, [...flags, '../sync', '--to', member.destination], {
      cwd: join(member.top, 'run'),
      env: { ...process.env, LOCKSTEP_ALONE: '1', XDG_STATE_HOME: join(member.top, 'state') },
    });
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    expect(member.conf).toBe('new');
    expect(readdirSync(join(member.top, 'state/lockstep'))).toEqual([]);
  });

  it('F10: makes a missing destination with the usual mode, however private the run directory is', async () => {
    const member = new Member('[a@n1:22]', words);
    chmodSync(join(member.top, 'run'), 0o700);
    const umaskBefore = process.umask(0o077);
    try {
      expect(await runTools([member], ['--to', join(member.top, 'new/er')]), member.output).toEqual([0]);
    } finally {
      process.umask(umaskBefore);
    }
    for (const path of ['new', 'new/er']) expect(statSync(join(member.top, path)).mode & 0o7777).toBe(0o755);
    expect(readFileSync(join(member.top, 'new/er/etc/app/app.conf'), 'utf8')).toBe('new');
  });

  it('F1: puts every name in place, those that begin as our own do too, and goes without its own alone', async () => {
    const member = new Member('[a@n1:22]', words);
    const names = ['.lockstep-rc', '.lockstep-20240101T000000-abc', '...', '-rf', 'sub/.lockstep-x'];
    for (const name of names) member.put(`run/etc/app/${name}`, 'new');
    for (const name of names.slice(0, 2)) member.put(`run/${name}`, 'new');
    expect(await runTools([member], []), member.output).toEqual([0]);
    expect(member.output).toContain('staged 9 files for');
    const sent = execFileSync('find', ['.', '-type', 'f'], { cwd: join(member.top, 'run') });
    const found = execFileSync('find', ['.', '-type', 'f'], { cwd: member.destination });
    expect(`${found}`.split('\n').sort()).toEqual(`${sent}`.split('\n').sort());
  });

  it.each([
    ['~', ''],
    ['~/app', 'app'],
    ['$HOME/app2', 'app2'],
    ['${HOME}/a b', 'a b'],
    ['rel/d', 'rel/d'],
    ['./~/x', '~/x'],
  ])('--to=%s means a place in the login directory, whatever HOME is', async (target, place) => {
    const member = new Member('[a@n1:22]', words);
    const login = join(member.top, 'login directory');
    mkdirSync(login);
    member.extra = { LOCKSTEP_LOGIN: login, HOME: '/nonexistent' };
    expect(await runTools([member], ['--to', target]), member.output).toEqual([0]);
    expect(readFileSync(join(login, place, 'etc/app/app.conf'), 'utf8')).toBe('new');
    isBack(member);
  });

  it('F1: copies more names than one command takes', async () => {
    // The arguments of a command take at most a quarter of this, which is 256 KiB.
    const member = new Member('[a@n1:22]', ['prlimit', '--stack=1048576', '--', ...words]);
    const names = Array.from({ length: 1_500 }, (_, at) => `etc/app/${`${at}`.padEnd(200, 'n')}`);
    for (const name of names) member.put(`run/${name}`, 'new');
    expect(await runTools([member], []), member.output).toEqual([0]);
    for (const name of names) expect(existsSync(join(member.destination, name))).toBe(true);
  });

  it('L17: writes its record below the login directory, where HOME is no absolute path', async () => {
    const member = new Member('[a@n1:22]', words);
    member.extra = { LOCKSTEP_LOGIN: member.top, XDG_STATE_HOME: 'state' };
    let state: string | undefined;
    const codes = await runTools([member], [], (_member, said) => {
      if (said === 'staged') state = member.state;
    });
    expect(codes, member.output).toEqual([0]);
    expect([state, member.state]).toEqual(['staging', 'new']);
  });

  it.runIf(process.getuid?.() === 0)(
    'F5: tells in a sentence that no file finds room, however many they are',
    async () => {
      const at = mkdtempSync(join(tmpdir(), 'small-'));
      onTestFinished(() => rmSync(at, { recursive: true }));
      const mounting = `mount -t tmpfs -o nr_inodes=40 none '${at}' && exec "$@"`;
      const member = new Member('[a@n1:22]', ['unshare', '-m', 'sh', '-c', mounting, 'sh', ...words]);
      for (let file = 0; file < 100; file++) member.put(`run/many/${file}`, 'new');
      expect(await runTools([member], ['--to', at])).toEqual([1]);
      const lines = member.output.trim().split('\n');
      expect(lines).toHaveLength(2);
      expect(lines[0]).toMatch(/^cp: .*No space left on device$/);
      expect(lines[1]).toMatch(/^undone: no space left on .*and 0 inodes$/);
    },
  );

  it('L17: where its record cannot be written it says so, and in no other words', async () => {
    const member = new Member('[a@n1:22]', words);
    const codes = await runTools([member], [], (_member, said) => {
      if (said !== 'staged') return;
      const record = join(member.top, 'state/lockstep', RUN);
      rmSync(record);
      mkdirSync(record);
    });
    expect(codes).toEqual([1]);
    expect(member.output).toContain('undone: cannot record that this node is about to change\n');
    expect(member.output).not.toMatch(/\b(yes|no)$/m);
    isBack(member);
  });

  it('says what argument it does not know, and moves nothing', async () => {
    const member = new Member('[a@n1:22]', words);
    expect(await runTools([member], ['--frobnicate'])).toEqual([64]);
    expect(member.output).toContain('unknown argument: --frobnicate');
    isBack(member);
  });
});
