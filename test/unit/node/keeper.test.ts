// @module-tag slow: left out of npm run test:quick
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quote } from '../../../src/node/quote.ts';
import { encodeLine } from '../../../src/node/speech.ts';
import { COMMAND_TEXT, KEEPER_TEXT } from '../../../src/node/texts.ts';
import { textOfWorker } from '../../../src/node/worker/worker.ts';
import { runText, SHELLS, type Shell } from './shells.ts';

let home: string;
let lock: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lockstep-keeper-'));
  lock = join(home, 'lock');
  mkdirSync(lock);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const START = { lease: 30, grace: 1, kind: 'x', make: 'none' };

describe.each(SHELLS)('the keeper under %s', (_name, shell) => {
  const keeper = (run: string, start: Partial<typeof START> = {}, path = lock): Shell => {
    const { lease, grace, kind, make } = { ...START, ...start };
    const words = [
      'lockstep-keeper',
      'ann@ctl',
      run,
      `2026-11-21T09:0${run.length}:00Z`,
      path,
      'why not',
      '-C uptime',
      '0.1.0',
      kind,
    ];
    const started = runText(shell, KEEPER_TEXT, words, { HOME: home });
    started.send(`tok${run} ${lease} ${grace} ${kind} ${make}`);
    return started;
  };
  const acquired = async (run: string, start: Partial<typeof START> = {}) => {
    const it = keeper(run, start);
    return { it, identity: (await it.line(/ACQUIRED/)).split(' ')[2] ?? '' };
  };
  const worker = (run: string, identity: string, command: string, job = 'c') => {
    const words = ['lockstep-hand', run, job, lock, identity, command];
    const started = runText(shell, textOfWorker(COMMAND_TEXT, 1_000), words);
    started.send('tok');
    return started;
  };
  /** As a run sends it. */
  const go = (text: string) => `GO ${encodeLine(`exec $own_session sh -c ${quote(text)}`)}`;
  /** A process is gone when it is neither alive nor waiting; zombies of other parents count as gone. */
  const isGone = (pid: number) => {
    try {
      return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return true;
    }
  };
  const isGroupGone = (group: number) => {
    try {
      process.kill(-group, 0);
      return false;
    } catch {
      return true;
    }
  };
  const pidIn = (file: string) => Number(readFileSync(join(home, file), 'utf8'));

  test('L1 L14: a second run is refused and told who holds the lock, since when, why and with what', async () => {
    const { it, identity } = await acquired('1');
    const second = keeper('22');
    await second.line(/LOCKED/);
    const record = `ann@ctl\t1\t2026-11-21T09:01:00Z\t${lock}\twhy not\t-C uptime\t0.1.0\tx`;
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

  test('answers beats, and frees the lock when told to', async () => {
    const { it } = await acquired('1');
    it.send('PING 7');
    expect(await it.line(/PONG/)).toBe('tok1 PONG 7');
    it.send('RELEASE');
    expect(await it.line(/RELEASED/)).toBe('tok1 RELEASED RELEASE');
    expect(await it.exited).toBe(0);
  });

  test('the leash: without a beat for T the lock is free and the worker gone, also one that ignores TERM (L4, L6)', async () => {
    const { it, identity } = await acquired('1', { lease: 1 });
    const work = worker(
      '1',
      identity,
      `trap '' TERM; echo $$ >${home}/pid; sh -c 'sleep 300' & echo started; wait; wait`,
    );
    await work.line(/started/);
    await it.line(/RELEASED expired/);
    await it.exited;
    expect(isGone(pidIn('pid'))).toBe(true);
    await work.exited;
    const next = await acquired('22');
    next.it.send('RELEASE');
    await next.it.exited;
  });

  test('beats keep the leash from running out', async () => {
    const { it } = await acquired('1', { lease: 2 });
    for (let beat = 1; beat <= 6; beat++) {
      it.send(`PING ${beat}`);
      await it.line(new RegExp(`PONG ${beat}`));
      spawnSync('sleep', ['0.5']);
    }
    expect(it.output().stdout).not.toContain('RELEASED');
    it.send('RELEASE');
    await it.exited;
  });

  test('L3: end of input (the controller died) ends the command of GO, and what it forked, before the lock is free', async () => {
    const { it } = await acquired('1');
    it.send(go(`sh -c 'echo $$ >${home}/pid; sleep 300 & echo $! >${home}/child; echo running; wait'`));
    await it.line(/running/);
    it.end();
    await it.exited;
    expect(isGone(pidIn('pid'))).toBe(true);
    expect(isGone(pidIn('child'))).toBe(true);
  });

  test('a command of GO gets no stdin, keeps its output to the last byte, and its exit code is told', async () => {
    const { it } = await acquired('1');
    it.send(go(`cat; printf 'no newline'; printf 'err' >&2; (exit 3)`));
    expect(await it.line(/EXIT/)).toBe('no newlinetok1 EXIT 3 clean');
    it.send('PING 1');
    await it.line(/PONG 1/);
    it.send('RELEASE');
    await it.exited;
    expect(it.output().stderr).toBe('errtok1 END\n');
  });

  test('a command of many lines, with backslashes, arrives as it was written', async () => {
    const { it } = await acquired('1');
    const command = `printf '%s|' 'a\\nb' 'c\nd' '\\\\'`;
    it.send(go(command));
    await it.line(/EXIT 0/);
    expect(it.output().stdout).toContain('a\\nb|c\nd|\\\\|tok1 EXIT 0 clean');
    it.send('RELEASE');
    await it.exited;
  });

  test('a command of GO is not deaf to SIGINT', async () => {
    const { it } = await acquired('1');
    it.send(go(`sh -c 'kill -INT $$; echo survived'`));
    expect(await it.line(/EXIT/)).toBe('tok1 EXIT 130 clean');
    it.send('RELEASE');
    await it.exited;
  });

  test('what an ended command left in the background lives on, also when the run then ends badly', async () => {
    const { it } = await acquired('1');
    it.send(go(`sh -c 'sleep 300 >/dev/null 2>&1 & echo $! >${home}/pid'`));
    await it.line(/EXIT 0/);
    it.end();
    await it.exited;
    expect(isGone(pidIn('pid'))).toBe(false);
    process.kill(pidIn('pid'));
  });

  test('L6: a daemon in a session of its own is left alone', async () => {
    const { it } = await acquired('1');
    it.send(go(`setsid sh -c 'echo $$ >${home}/pid; exec sleep 300' >/dev/null 2>&1 & echo up; sleep 300`));
    await it.line(/up/);
    spawnSync('sleep', ['0.3']);
    it.end();
    await it.exited;
    expect(isGone(pidIn('pid'))).toBe(false);
    process.kill(pidIn('pid'));
  });

  test('L6: when the keeper alone is killed, the next run is told DRAINING with the pid, until the work has ended', async () => {
    const { it, identity } = await acquired('1');
    const work = worker('1', identity, 'echo started; read x; exit 5');
    await work.line(/started/);
    process.kill(Number(identity.split(':')[0]), 'SIGKILL');
    await it.exited;
    const next = keeper('22');
    expect(await next.line(/DRAINING/)).toMatch(new RegExp(`^tok22 DRAINING\\t ${work.pid}\\b.*\\t1$`));
    await next.exited;
    work.send('go on');
    expect(await work.exited).toBe(5);
    const last = await acquired('333');
    last.it.send('RELEASE');
    await last.it.exited;
  });

  test('L6: the job of a killed keeper drains as well', async () => {
    const { it, identity } = await acquired('1');
    it.send(go(`sh -c 'echo $$ >${home}/pid; echo running; exec sleep 300'`));
    await it.line(/running/);
    process.kill(Number(identity.split(':')[0]), 'SIGKILL');
    const next = keeper('22');
    expect(await next.line(/DRAINING/)).toMatch(/^tok22 DRAINING\t( \d+)+\t1$/);
    process.kill(pidIn('pid'));
    await it.exited;
    await next.exited;
  });

  test('L7: a worker whose keeper is gone refuses to start', async () => {
    const { it, identity } = await acquired('1');
    it.send('RELEASE');
    await it.exited;
    const late = worker('1', identity, `echo ran >${home}/ran`);
    expect(await late.exited).toBe(76);
    expect(existsSync(join(home, 'ran'))).toBe(false);
  });

  test('L6: leaves no process behind, however soon its lock is given back', async () => {
    const ends = Array.from({ length: 20 }, async (_, number) => {
      const it = keeper(`${number}`, { kind: 'n' });
      it.send('BACK');
      await it.exited;
      await expect.poll(() => isGroupGone(it.pid), { timeout: 5_000 }).toBe(true);
    });
    await Promise.all(ends);
  });

  test('STOP ends the workers and then frees the lock, while the connection lives', async () => {
    const { it, identity } = await acquired('1');
    const work = worker('1', identity, 'echo started; exec sleep 300');
    await work.line(/started/);
    it.send('STOP');
    await it.line(/RELEASED STOP/);
    expect(await work.exited).toBe(143);
  });

  test('STOP also ends what ignores TERM below a command that does not (L6)', async () => {
    const { it, identity } = await acquired('1');
    const stubborn = `trap "" TERM; echo $$ >${home}/pid; echo started; while :; do sleep 1; done`;
    const work = worker('1', identity, `sh -c '${stubborn}'; echo never`);
    await work.line(/started/);
    it.send('STOP');
    await it.line(/RELEASED STOP/);
    expect(isGone(pidIn('pid'))).toBe(true);
    expect(await work.exited).toBe(143);
  });

  test.each(['of GO', 'of a worker'])(
    'L6: the jobs of a command %s that have groups of their own are ended, those that ignore TERM too',
    async (whose) => {
      const { it, identity } = await acquired('1');
      const jobs = `set -m; sleep 300 & echo $! >${home}/one; sh -c 'trap "" TERM; echo up; while :; do sleep 1; done' & echo $! >${home}/two; wait`;
      const work = whose === 'of GO' ? it : worker('1', identity, `exec setsid bash -c ${quote(jobs)}`);
      if (work === it) it.send(go(`exec bash -c ${quote(jobs)}`));
      await work.line(/up/);
      it.send('STOP');
      await it.line(/RELEASED/);
      expect([isGone(pidIn('one')), isGone(pidIn('two'))]).toEqual([true, true]);
      await it.exited;
      if (work !== it) work.end();
    },
  );

  test('END ends the command of GO, and the keeper goes on to answer beats while that takes', async () => {
    const { it } = await acquired('1', { lease: 2, grace: 2 });
    it.send(go(`exec sh -c 'trap "" TERM; echo $$ >${home}/pid; echo running; while :; do sleep 0.1; done'`));
    await it.line(/running/);
    it.send('END');
    let beats = 0;
    while (!it.output().stdout.includes('EXIT')) {
      it.send(`PING ${++beats}`);
      await it.line(new RegExp(`PONG ${beats}$`));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(beats).toBeGreaterThan(5);
    expect(await it.line(/EXIT/)).toMatch(/^tok1 EXIT 137( clean)?$/);
    expect(isGone(pidIn('pid'))).toBe(true);
    it.send('RELEASE');
    expect(await it.line(/RELEASED/)).toBe('tok1 RELEASED RELEASE');
    await it.exited;
  });

  test('a command that END follows at once is ended by TERM as any other, and that is told', async () => {
    for (let count = 0; count < 3; count++) {
      const { it } = await acquired('1');
      it.send(`${go('sleep 20; echo survived')}\nEND`);
      expect(await it.line(/EXIT/)).toMatch(/^tok1 EXIT 143( clean)?$/);
      it.send('RELEASE');
      await it.exited;
      expect(it.output()).toMatchObject({ stderr: 'tok1 END\n' });
    }
  });

  test('a commit is not ended in the middle', async () => {
    const { it, identity } = await acquired('1', { grace: 0 });
    const work = worker('1', identity, `echo started; sleep 1.5; echo done >${home}/done`, 'p');
    await work.line(/started/);
    it.end();
    await it.exited;
    expect(existsSync(join(home, 'done'))).toBe(true);
    expect(await work.exited).toBe(0);
  });

  test('L13: a missing path, a lock file that cannot be made and a missing flock each have their own words', async () => {
    expect(await keeper('1', {}, join(home, 'nowhere')).line(/ERROR/)).toBe(
      `tok1 ERROR no such file or directory: ${home}/nowhere`,
    );
    for (const [name, why] of [
      ['nowhere/lock', 'No such file or directory|Directory nonexistent|nonexistent directory'],
      ['x'.repeat(300), 'File name too long'],
    ] as const) {
      expect(await keeper('1', { make: 'file' }, join(home, name)).line(/ERROR/)).toMatch(
        new RegExp(`^tok1 ERROR cannot make the lock file ${home}/${name}: (${why})$`),
      );
    }
    const words = ['lockstep-keeper', 'ann@ctl', '1', 'now', lock, '', ''];
    mkdirSync(join(home, 'bin'));
    for (const tool of ['cat', 'sleep', 'setsid', 'sed', 'tr', 'sort', 'cut']) {
      execFileSync('ln', ['-s', `/usr/bin/${tool}`, join(home, 'bin', tool)]);
    }
    if (shell[0] === 'busybox') return; // its flock is built in
    const bare = runText(
      [execFileSync('which', [shell[0]]).toString().trim(), ...shell.slice(1)],
      KEEPER_TEXT,
      words,
      {
        PATH: join(home, 'bin'),
      },
    );
    bare.send('tok1 30 1 x none');
    expect(await bare.line(/ERROR/)).toBe('tok1 ERROR flock is not installed on this node');
  });

  test('a directory made for the lock is removed again when nothing was put there, and kept when told', async () => {
    const deep = join(home, 'a', 'b', 'c');
    const first = keeper('1', { make: 'directory' }, deep);
    await first.line(/ACQUIRED/);
    expect(existsSync(deep)).toBe(true);
    first.end();
    await first.exited;
    expect(existsSync(join(home, 'a'))).toBe(false);
    const second = keeper('1', { make: 'directory' }, deep);
    await second.line(/ACQUIRED/);
    second.send('RELEASE keep');
    await second.exited;
    expect(existsSync(deep)).toBe(true);
  });

  test('F14: the directory above one that was made for the lock has its time again when that is removed, and keeps what others give it', async () => {
    const deep = join(home, 'above', 'b', 'c');
    const above = join(home, 'above');
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
    const deep = join(home, 'open/new');
    const umaskBefore = process.umask(0o077);
    try {
      await keeper('1', { make: 'directory' }, deep).line(/ACQUIRED/);
    } finally {
      process.umask(umaskBefore);
    }
    for (const path of [join(home, 'open'), deep]) expect(statSync(path).mode & 0o777).toBe(0o755);
  });

  test('an abnormal end removes the announced stages and nothing else', async () => {
    const stage = join(home, '.lockstep-1');
    mkdirSync(stage);
    writeFileSync(join(stage, 'file'), '');
    mkdirSync(join(home, 'precious'));
    const { it } = await acquired('1');
    it.send(`STAGE ${stage}`);
    it.send(`STAGE ${join(home, 'precious')}`);
    it.end();
    await it.exited;
    expect(existsSync(stage)).toBe(false);
    expect(existsSync(join(home, 'precious'))).toBe(true);
  });

  test('the record of an unfinished commit is told to the next run, and forgotten when that one ends well', async () => {
    const state = join(home, '.local/state/lockstep');
    mkdirSync(state, { recursive: true });
    const record = join(state, 'run0');
    writeFileSync(record, `run run0\nwho bob@ctl\nsince 2026-01-01\nlock ${lock}\nstate new\n`);
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
    const state = join(home, '.local/state/lockstep');
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
    const hostile = join(home, `it's $(touch ${home}/owned) "x" *`);
    execFileSync('sh', ['-c', `mkdir -p ${quote(hostile)}`]);
    const it = keeper('1', {}, hostile);
    await it.line(/ACQUIRED/);
    it.end();
    await it.exited;
    expect(existsSync(join(home, 'owned'))).toBe(false);
  });
});
