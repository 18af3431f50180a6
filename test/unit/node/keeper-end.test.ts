// @module-tag slow: left out of npm run test:quick
/** What a keeper ends with its run, and what outlives one. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { quote } from '../../../src/node/quote.ts';
import { KEEPER_TEXT } from '../../../src/node/texts.ts';
import { textOfWorker } from '../../../src/node/worker/worker.ts';
import { go, isGone, isGroupGone, keepersUnder, untilJobIsUp } from './keepers.ts';
import { runText, SHELLS } from './shells.ts';

describe.each(SHELLS)('the end of a keeper under %s', (_name, shell) => {
  const { place, keeper, acquired, worker, pidIn } = keepersUnder(shell);

  test('the leash: without a beat for T the lock is free and the worker gone, also one that ignores TERM (L4, L6)', async () => {
    const { it, identity } = await acquired('1', { lease: 4 });
    const work = worker(
      '1',
      identity,
      `trap '' TERM; echo $$ >${place.home}/pid; sh -c 'sleep 300' & echo started; wait; wait`,
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

  test('L18: a shell that has no process left for the job, and so ends, has no lock that anybody is told of', async () => {
    const ends = KEEPER_TEXT.replace(
      '{ exec 2>&4 4>&- && keeper; } | { exec 2>&4 3>&- && job; }',
      '{ exec 2>&4 4>&- && keeper; } <&5 & exit 2',
    );
    expect(ends).not.toBe(KEEPER_TEXT);
    const it = keeper(
      '1',
      {},
      place.lock,
      ends.replace('\nname_self parent', '\nexec 5<&0\nname_self parent'),
    );
    expect(await it.line(/ERROR|ACQUIRED/)).toBe('tok1 ERROR cannot start another process');
    await it.exited;
    const next = await acquired('22');
    next.it.send('RELEASE');
    await next.it.exited;
  });

  test('L3: end of input (the controller died) ends the command of GO, and what it forked, before the lock is free', async () => {
    const { it } = await acquired('1');
    it.send(
      go(`sh -c 'echo $$ >${place.home}/pid; sleep 300 & echo $! >${place.home}/child; echo running; wait'`),
    );
    await it.line(/running/);
    it.end();
    await it.exited;
    expect(isGone(pidIn('pid'))).toBe(true);
    expect(isGone(pidIn('child'))).toBe(true);
  });

  test('L3: a worker that is only about to start what it waits for is told itself, and cleans up, when its run ends', async () => {
    const { it, identity } = await acquired('1', { grace: 10 });
    const trap = `trap '[ -z "$tar" ] || kill "$tar"; echo >${place.home}/cleaned; exit 143' TERM`;
    const text = textOfWorker(`${trap}\necho started\nsleep 0.5\nsleep 300 &\ntar=$!\nwait "$tar"`, 10_000);
    const work = runText(shell, text, ['lockstep-hand', '1', 'r', place.lock, identity]);
    await work.line(/started/);
    it.end();
    await it.exited;
    expect(existsSync(join(place.home, 'cleaned'))).toBe(true);
  });

  test('what an ended command left in the background lives on, also when the run then ends badly', async () => {
    const { it } = await acquired('1');
    it.send(go(`sh -c 'sleep 300 >/dev/null 2>&1 & echo $! >${place.home}/pid'`));
    await it.line(/EXIT 0/);
    it.end();
    await it.exited;
    expect(isGone(pidIn('pid'))).toBe(false);
    process.kill(pidIn('pid'));
  });

  test('L6: a daemon in a session of its own is left alone', async () => {
    const { it } = await acquired('1');
    it.send(
      go(`setsid sh -c 'echo $$ >${place.home}/pid; exec sleep 300' >/dev/null 2>&1 & echo up; sleep 300`),
    );
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
    it.send(go(`sh -c 'echo $$ >${place.home}/pid; echo running; exec sleep 300'`));
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
    const late = worker('1', identity, `echo ran >${place.home}/ran`);
    expect(await late.exited).toBe(76);
    expect(existsSync(join(place.home, 'ran'))).toBe(false);
  });

  test('L6: leaves no process behind, however soon its lock is given back', async () => {
    const ends = Array.from({ length: 20 }, async (_, number) => {
      const it = keeper(`${number}`, { kind: 'n' });
      it.send('BACK');
      await it.exited;
      await expect.poll(() => isGroupGone(it.pid)).toBe(true);
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
    const stubborn = `trap "" TERM; echo $$ >${place.home}/pid; echo started; while :; do sleep 1; done`;
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
      const jobs = `set -m; sleep 300 & echo $! >${place.home}/one; sh -c 'trap "" TERM; echo up; while :; do sleep 1; done' & echo $! >${place.home}/two; wait`;
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
    it.send(
      go(`exec sh -c 'trap "" TERM; echo $$ >${place.home}/pid; echo running; while :; do sleep 0.1; done'`),
    );
    await it.line(/running/);
    it.send('END');
    let beats = 0;
    while (!it.output().stdout.includes('EXIT')) {
      it.send(`PING ${++beats}`);
      await it.line(new RegExp(`PONG ${beats}$`));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(beats).toBeGreaterThan(2);
    expect(await it.line(/EXIT/)).toMatch(/^tok1 EXIT 137( clean)?$/);
    expect(isGone(pidIn('pid'))).toBe(true);
    it.send('RELEASE');
    expect(await it.line(/RELEASED/)).toBe('tok1 RELEASED RELEASE');
    await it.exited;
  });

  test('a command that END follows at once is ended by TERM as any other, and that is told', async () => {
    for (let count = 0; count < 3; count++) {
      const { it, identity } = await acquired('1');
      await untilJobIsUp(identity);
      it.send(`${go('sleep 20; echo survived')}\nEND`);
      expect(await it.line(/EXIT/)).toMatch(/^tok1 EXIT 143( clean)?$/);
      it.send('RELEASE');
      await it.exited;
      expect(it.output()).toMatchObject({ stderr: 'tok1 END\n' });
    }
  });

  test('a commit is not ended in the middle', async () => {
    const { it, identity } = await acquired('1', { grace: 0 });
    const work = worker(
      '1',
      identity,
      `trap "" TERM; echo started; sleep 1.5; echo done >${place.home}/done`,
      'p',
    );
    await work.line(/started/);
    it.end();
    await it.exited;
    expect(existsSync(join(place.home, 'done'))).toBe(true);
    expect(await work.exited).toBe(0);
  });
});
