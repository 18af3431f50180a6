// @module-tag slow: left out of npm run test:quick
/** The lock of a keeper: who has it, what is made for it, and what is left for the next run. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { quote } from '../../../src/node/quote.ts';
import { KEEPER_TEXT } from '../../../src/node/texts.ts';
import { keepersUnder } from './keepers.ts';
import { runText, SHELLS } from './shells.ts';

describe.each(SHELLS)('the lock of a keeper under %s', (_name, shell) => {
  const { place, keeper, acquired } = keepersUnder(shell);

  test('L1 L14: a second run is refused and told who holds the lock, since when, why and with what', async () => {
    const { it, identity } = await acquired('1');
    const second = keeper('22');
    await second.line(/LOCKED/);
    const record = `ann@ctl\t1\t2026-11-21T09:01:00Z\t${place.lock}\twhy not\t-C uptime\t0.1.0\tx`;
    expect(second.output().stdout).toContain(
      `tok22 HOLDER\t${identity.split(':')[0]}\t${record}\ntok22 LOCKED\n`,
    );
    it.send('RELEASE');
    await it.exited;
    const third = keeper('333');
    await third.line(/ACQUIRED/);
    third.end();
    await third.exited;
  });

  test('L13: a missing path, a lock file that cannot be made and a missing flock each have their own words', async () => {
    expect(await keeper('1', {}, join(place.home, 'nowhere')).line(/ERROR/)).toBe(
      `tok1 ERROR no such file or directory: ${place.home}/nowhere`,
    );
    for (const [name, why] of [
      ['nowhere/lock', 'No such file or directory|Directory nonexistent|nonexistent directory'],
      ['x'.repeat(300), 'File name too long'],
    ] as const) {
      expect(await keeper('1', { make: 'file' }, join(place.home, name)).line(/ERROR/)).toMatch(
        new RegExp(`^tok1 ERROR cannot make the lock file ${place.home}/${name}: (${why})$`),
      );
    }
    const words = ['lockstep-keeper', 'ann@ctl', '1', 'now', place.lock, '', ''];
    mkdirSync(join(place.home, 'bin'));
    for (const tool of ['cat', 'sleep', 'setsid', 'sed', 'tr', 'sort', 'cut']) {
      execFileSync('ln', ['-s', `/usr/bin/${tool}`, join(place.home, 'bin', tool)]);
    }
    if (shell[0] === 'busybox') return; // its flock is built in
    const bin = join(place.home, 'bin');
    const error = async () => {
      const program = execFileSync('which', [shell[0]]).toString().trim();
      const bare = runText([program, ...shell.slice(1)], KEEPER_TEXT, words, { PATH: bin });
      bare.send('tok1 30 1 x none');
      return await bare.line(/ERROR/);
    };
    expect(await error()).toBe('tok1 ERROR flock is not installed on this node');
    writeFileSync(join(bin, 'flock'), '');
    expect(await error()).toBe('tok1 ERROR flock cannot be run on this node: Permission denied');
  });

  test('a directory made for the lock is removed again when nothing was put there, and kept when told', async () => {
    const deep = join(place.home, 'a', 'b', 'c');
    const first = keeper('1', { make: 'directory' }, deep);
    await first.line(/ACQUIRED/);
    expect(existsSync(deep)).toBe(true);
    first.end();
    await first.exited;
    expect(existsSync(join(place.home, 'a'))).toBe(false);
    const second = keeper('1', { make: 'directory' }, deep);
    await second.line(/ACQUIRED/);
    second.send('RELEASE keep');
    await second.exited;
    expect(existsSync(deep)).toBe(true);
  });

  test('F14: the directory above one that was made for the lock has its time again when that is removed, and keeps what others give it', async () => {
    const deep = join(place.home, 'above', 'b', 'c');
    const above = join(place.home, 'above');
    const early = -1_000_000_000.25;
    for (const [others, time] of [
      ['', early],
      ['other', 'now'],
    ] as const) {
      mkdirSync(above, { recursive: true });
      utimesSync(above, early, early);
      const before = statSync(above, { bigint: true }).mtimeNs;
      const made = keeper(`9${others}`, { make: 'directory' }, deep);
      await made.line(/ACQUIRED/);
      if (others !== '') {
        // A directory's time is that of the kernel's last tick.
        await new Promise((resolve) => setTimeout(resolve, 30));
        writeFileSync(join(above, others), '');
      }
      const during = statSync(above, { bigint: true }).mtimeNs;
      expect(during).not.toBe(before);
      made.end();
      await made.exited;
      expect(existsSync(join(above, 'b'))).toBe(false);
      const { mtimeNs } = statSync(above, { bigint: true });
      if (time === early) expect(mtimeNs).toBe(before);
      else expect(mtimeNs >= during).toBe(true);
    }
  });

  test('F10: a directory made for the lock has the usual mode, whatever the umask of the login is', async () => {
    const deep = join(place.home, 'open/new');
    const umaskBefore = process.umask(0o077);
    try {
      await keeper('1', { make: 'directory' }, deep).line(/ACQUIRED/);
    } finally {
      process.umask(umaskBefore);
    }
    for (const path of [join(place.home, 'open'), deep]) expect(statSync(path).mode & 0o777).toBe(0o755);
  });

  test('an abnormal end removes the announced stages and nothing else', async () => {
    const stage = join(place.home, '.lockstep-1');
    mkdirSync(stage);
    writeFileSync(join(stage, 'file'), '');
    mkdirSync(join(place.home, 'precious'));
    const { it } = await acquired('1');
    it.send(`STAGE ${stage}`);
    it.send(`STAGE ${join(place.home, 'precious')}`);
    it.end();
    await it.exited;
    expect(existsSync(stage)).toBe(false);
    expect(existsSync(join(place.home, 'precious'))).toBe(true);
  });

  test('the record of an unfinished commit is told to the next run, and forgotten when that one ends well', async () => {
    const state = join(place.home, '.local/state/lockstep');
    mkdirSync(state, { recursive: true });
    const record = join(state, 'run0');
    writeFileSync(record, `run run0\nwho bob@ctl\nsince 2026-01-01\nlock ${place.lock}\nstate new\n`);
    const first = keeper('1');
    expect(await first.line(/LEFT/)).toBe('tok1 LEFT\trun0\tbob@ctl\t2026-01-01\tnew');
    await first.line(/ACQUIRED/);
    first.end();
    await first.exited;
    expect(existsSync(record)).toBe(true);
    const second = keeper('1');
    await second.line(/ACQUIRED/);
    second.send('RELEASE');
    await second.exited;
    expect(existsSync(record)).toBe(false);
  });

  test('a record that was not written whole is heeded by nobody', async () => {
    const state = join(place.home, '.local/state/lockstep');
    mkdirSync(state, { recursive: true });
    writeFileSync(
      join(state, 'run0'),
      'stage /s\nstate begun\nrun run0\nwho bob@ctl\nsince 2026-01-01\ndest /d\n',
    );
    const { it } = await acquired('1');
    expect(it.output().stdout).not.toContain('LEFT');
    it.end();
    await it.exited;
  });

  test('without the flock it is a leash only, and two runs may work side by side', async () => {
    const first = keeper('1', { kind: 'n' });
    const second = keeper('22', { kind: 'n' });
    await Promise.all([first.line(/ACQUIRED/), second.line(/ACQUIRED/)]);
    first.end();
    second.end();
    await Promise.all([first.exited, second.exited]);
  });

  test('a path with quotes, blanks and shell syntax is only a path', async () => {
    const hostile = join(place.home, `it's $(touch ${place.home}/owned) "x" *`);
    execFileSync('sh', ['-c', `mkdir -p ${quote(hostile)}`]);
    const it = keeper('1', {}, hostile);
    await it.line(/ACQUIRED/);
    it.end();
    await it.exited;
    expect(existsSync(join(place.home, 'owned'))).toBe(false);
  });
});
