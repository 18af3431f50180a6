// @module-tag slow: left out of npm run test:quick
/** Shared locks, and looking at and breaking locks from outside, under each shell. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { COMMAND_TEXT, KEEPER_TEXT, LOCK_BREAK_TEXT, LOCK_STATUS_TEXT } from '../../../src/node/texts.ts';
import { textOfWorker } from '../../../src/node/worker/worker.ts';
import { scratchForEach } from '../../scratch.ts';
import { runText, SHELLS, type Shell } from './shells.ts';

/** Between TERM and KILL where nothing ignores TERM: a busy machine may need long for it. */
const PATIENCE_SECONDS = 20;

let home: string;
let lock: string;
let shells: Shell[];
let children: ChildProcess[];
scratchForEach((made) => {
  home = made;
  lock = join(home, 'lock');
  mkdirSync(lock);
  shells = [];
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const shell of shells) shell.end();
  await Promise.all(shells.map(({ exited }) => exited));
});

describe.each(SHELLS)('under %s', (_name, shell) => {
  const start = (text: string, words: readonly string[]): Shell => {
    const started = runText(shell, text, words, { HOME: home });
    shells.push(started);
    return started;
  };
  const keeper = (run: string, kind: string, path = lock): Shell => {
    const record = ['ann@ctl', run, `2026-11-21T09:0${run.length}:00Z`, path, '', '-C tail', '0.1.0', kind];
    const started = start(KEEPER_TEXT, ['lockstep-keeper', ...record]);
    started.send(`tok 30 ${PATIENCE_SECONDS} ${kind} none`);
    return started;
  };
  const acquired = async (run: string, kind: string, path = lock) => {
    const it = keeper(run, kind, path);
    return { it, identity: (await it.line(/ACQUIRED/)).split(' ')[2] ?? '' };
  };
  const worker = (run: string, identity: string, command: string) => {
    const words = ['lockstep-hand', run, 'c', lock, identity, command];
    const started = start(textOfWorker(COMMAND_TEXT, PATIENCE_SECONDS * 1000), words);
    started.send('tok');
    return started;
  };
  const ask = async (text: string, words: readonly string[], line: string) => {
    const asked = start(text, words);
    asked.send(line);
    await asked.exited;
    return asked.output().stdout.split('\n').slice(0, -1);
  };
  const status = (path = lock) => ask(LOCK_STATUS_TEXT, ['lockstep-status', path], 'tok');
  const breakRun = (run: string, seconds = PATIENCE_SECONDS) =>
    ask(LOCK_BREAK_TEXT, ['lockstep-break', run], `tok ${seconds}`);
  const pidOf = (identity: string) => Number(identity.split(':')[0]);

  test('readers hold a shared lock together, also while they work; a writer is refused and told both', async () => {
    const one = await acquired('1', 's');
    const work = worker('1', one.identity, 'echo started; read x');
    await work.line(/started/);
    one.it.send('GO echo working; exec sleep 300');
    await one.it.line(/working/);
    const two = await acquired('22', 's');
    const writer = keeper('333', 'x');
    await writer.line(/LOCKED/);
    const holders = writer.output().stdout.match(/HOLDER\t\d+\tann@ctl\t\d+/g) ?? [];
    // They come in the order of their pids as words.
    expect(holders.map((line) => line.split('\t')[3]).sort()).toEqual(['1', '22']);
    work.end();
    one.it.end();
    await one.it.exited;
    two.it.send('RELEASE');
    await two.it.exited;
    await acquired('333', 'x');
  });

  test('a writer holds off readers, and a reader is told of the writer alone', async () => {
    await acquired('1', 'x');
    const reader = keeper('22', 's');
    await reader.line(/LOCKED/);
    expect(reader.output().stdout).toMatch(/^tok HOLDER\t\d+\tann@ctl\t1\t.*\tx\ntok LOCKED\n$/);
  });

  test('L6: work that a killed reader left behind holds off readers and writers alike', async () => {
    const { it, identity } = await acquired('1', 's');
    const work = worker('1', identity, 'echo started; read x');
    await work.line(/started/);
    process.kill(pidOf(identity), 'SIGKILL');
    await it.exited;
    for (const kind of ['s', 'x']) {
      expect(await keeper('22', kind).line(/DRAINING/)).toContain(`${work.pid}`);
    }
  });

  test('work of a run without a lock holds off nobody while its keeper lives', async () => {
    const { it } = await acquired('1', 'n');
    it.send('GO echo working; exec sleep 300');
    await it.line(/working/);
    await acquired('22', 'x');
  });

  test('a lock that was of no use is given back at once, and ends nothing', async () => {
    const { it } = await acquired('1', 'x');
    it.send('BACK');
    expect(await it.line(/RELEASED/)).toBe('tok RELEASED BACK');
    await it.exited;
    await acquired('22', 'x');
  });

  test('L14: the status names every holder and takes nothing; one that only asks is not among them', async () => {
    const { it, identity } = await acquired('1', 's');
    await acquired('22', 's');
    await acquired('4444', 'n');
    const lines = await status();
    expect(lines).toContain(
      `tok HOLDER\t${pidOf(identity)}\tann@ctl\t1\t2026-11-21T09:01:00Z\t${lock}\t\t-C tail\t0.1.0\ts`,
    );
    const holders = lines.filter((line) => /HOLDER/.test(line));
    expect(holders.map((line) => line.split('\t')[3]).sort()).toEqual(['1', '22']);
    expect(lines.at(-1)).toMatch(/^tok FLOCK /);
    await acquired('55555', 's');
    it.send('PING 1');
    await it.line(/PONG 1/);
  });

  test('the status tells a path that is not there from one that another tool holds, as far as the kernel shows it', async () => {
    expect(await status(join(home, 'nowhere'))).toEqual(['tok FLOCK missing']);
    expect((await status()).join()).toMatch(/^tok FLOCK (free|unknown)$/);
    const other = spawn('flock', ['--no-fork', lock, 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(other);
    other.stdin.write('held\n');
    await new Promise((resolve) => other.stdout.once('data', resolve));
    expect((await status()).join()).toMatch(new RegExp(`^tok FLOCK (held ${other.pid}|unknown)$`));
  });

  test('the status shows work left behind, with its run', async () => {
    const { it, identity } = await acquired('1', 'x');
    const work = worker('1', identity, 'echo started; read x');
    await work.line(/started/);
    process.kill(pidOf(identity), 'SIGKILL');
    await it.exited;
    expect(await status()).toContain(`tok ORPHAN\t${work.pid} 1`);
  });

  test.each(['x', 's', 'n', 'jx', 'js'])(
    'L14: the status calls no work left behind whose keeper lives, as with a lock of kind %s',
    async (kind) => {
      const { it, identity } = await acquired('1.2', kind);
      const work = worker('1.2', identity, 'echo started; read x');
      await work.line(/started/);
      it.send('GO echo working; exec sleep 300');
      await it.line(/working/);
      expect((await status()).filter((line) => /ORPHAN/.test(line))).toEqual([]);
      work.end();
      it.send('STOP');
      await it.exited;
    },
  );

  test('L14: a break ends the work of exactly that run, then its lock, and leaves others alone', async () => {
    const one = await acquired('1', 's');
    const other = await acquired('11', 's');
    const work = worker('1', one.identity, 'echo started; exec sleep 300');
    await work.line(/started/);
    one.it.send('GO echo working; exec sleep 300');
    await one.it.line(/working/);
    expect(await breakRun('1')).toEqual(['tok BROKEN']);
    expect(await one.it.line(/RELEASED/)).toBe('tok RELEASED signal');
    expect(await work.exited).toBe(143);
    await one.it.exited;
    other.it.send('PING 1');
    await other.it.line(/PONG 1/);
    expect((await status()).filter((line) => /HOLDER/.test(line))).toHaveLength(1);
  });

  test('a break ends work whose keeper is gone, also a command of GO that ignores TERM', async () => {
    const { it, identity } = await acquired('1', 'x');
    const work = worker('1', identity, 'echo started; exec sleep 300');
    await work.line(/started/);
    it.send(`GO sh -c 'trap "" TERM; echo working; while :; do sleep 1; done'`);
    await it.line(/working/);
    process.kill(pidOf(identity), 'SIGKILL');
    expect(await breakRun('1', 1)).toEqual(['tok BROKEN']);
    expect(await work.exited).toBe(143);
    await it.exited;
    await acquired('22', 'x');
  });

  test('a break of a run that is not there touches nothing', async () => {
    const { it } = await acquired('1', 'x');
    expect(await breakRun('2')).toEqual(['tok BROKEN']);
    it.send('PING 1');
    await it.line(/PONG 1/);
  });
});
