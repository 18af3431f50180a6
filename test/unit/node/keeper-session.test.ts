// @module-tag slow: left out of npm run test:quick
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeLine } from '../../../src/node/speech.ts';
import { COMMAND_TEXT, KEEPER_TEXT } from '../../../src/node/texts.ts';
import { buildRemoteCommand } from '../../../src/node/worker/remote-command.ts';
import { textOfWorker } from '../../../src/node/worker/worker.ts';
import { until } from '../../farm/process.ts';
import { scratchForEach } from '../../scratch.ts';
import { runText, SHELLS, type Shell } from './shells.ts';

let home: string;
let lock: string;
scratchForEach((made) => {
  home = made;
  lock = join(home, 'lock');
  mkdirSync(lock);
});

describe.each(SHELLS)('a session of keepers under %s', (_name, shell) => {
  const keeper = (run: string, kind: string, path = lock): Shell => {
    const since = `2026-11-21T09:0${run.length}:00Z`;
    const words = ['lockstep-keeper', 'ann@ctl', run, since, path, '', '-L', '0.1.0', kind];
    const started = runText(shell, KEEPER_TEXT, words, { HOME: home });
    started.send(`tok${run} 30 1 ${kind} directory`);
    return started;
  };
  const acquired = async (run: string, kind: string, path = lock) => {
    const it = keeper(run, kind, path);
    return { it, identity: (await it.line(/ACQUIRED/)).split(' ')[2] ?? '' };
  };
  const sessionWithStep = async () => {
    const { it: session } = await acquired('1', 'x');
    session.send('SESSION');
    const { it: step, identity } = await acquired('1.1', 'jx');
    return { session, step, identity };
  };
  const worker = (identity: string, job: string, command: string) => {
    const words = ['lockstep-hand', '1.1', job, lock, identity, command];
    const started = runText(shell, textOfWorker(COMMAND_TEXT, 1_000), words);
    started.send('tok');
    return started;
  };
  const go = (text: string) =>
    `GO ${encodeLine(buildRemoteCommand({ text, shell: "sh -c '{}'", environment: {} }))}`;
  const isGone = (pid: number) => {
    try {
      return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return true;
    }
  };
  const pidIn = (file: string) => Number(readFileSync(join(home, file), 'utf8'));
  const end = async (...keepers: Shell[]) => {
    for (const each of keepers) {
      each.send('RELEASE');
      await each.exited;
    }
  };

  test('a step runs one command after the other, and says when nothing of one is left', async () => {
    const { session, step } = await sessionWithStep();
    step.send(go('echo one; exit 3'));
    await step.line(/EXIT 3 clean$/);
    step.send(go('printf "two: "; cat; kill -TERM $$'));
    await step.line(/EXIT 143 clean$/);
    step.send(go('sleep 300 >/dev/null 2>&1 & echo $! >$HOME/left'));
    await step.line(/EXIT 0$/);
    expect(step.output().stdout).toMatch(
      /\none\ntok1.1 EXIT 3 clean\ntwo: tok1.1 EXIT 143 clean\ntok1.1 EXIT 0\n$/,
    );
    await until('the end is told on stderr too', () => step.output().stderr === 'tok1.1 END\n'.repeat(3));
    await end(step, session);
    expect(isGone(pidIn('left'))).toBe(false);
    process.kill(pidIn('left'));
  });

  test('STOP of a step ends its command, one that ignores TERM too, and nothing that an earlier one has left', async () => {
    const { session, step } = await sessionWithStep();
    step.send(go('sleep 300 >/dev/null 2>&1 & echo $! >$HOME/left'));
    await step.line(/EXIT 0$/);
    step.send(go('trap "" TERM; sleep 300 & echo $! >$HOME/own; echo started; wait'));
    await step.line(/started/);
    step.send('STOP');
    await step.line(/RELEASED STOP/);
    await step.exited;
    expect([isGone(pidIn('own')), isGone(pidIn('left'))]).toEqual([true, false]);
    process.kill(pidIn('left'));
    await end(session);
  });

  test('a session that ends badly waits for its steps, and a step for its commit (F9)', async () => {
    const { session, step, identity } = await sessionWithStep();
    const command = worker(identity, 'c', `echo $$ >${home}/own; echo started; sleep 300`);
    await command.line(/started/);
    const commit = worker(identity, 'p', `trap "" TERM; echo started; sleep 2; : >${home}/committed`);
    await commit.line(/started/);
    session.end();
    const other = keeper('22', 'x');
    await other.line(/LOCKED|DRAINING/);
    await session.line(/RELEASED end of input/);
    expect(readFileSync(join(home, 'committed'), 'utf8')).toBe('');
    expect(isGone(pidIn('own'))).toBe(true);
    await step.line(/RELEASED signal/);
    await Promise.all([session.exited, step.exited]);
    await end((await acquired('333', 'x')).it);
  });

  test('a step that is killed leaves its work to the session, which ends it', async () => {
    const { session, step, identity } = await sessionWithStep();
    const command = worker(identity, 'c', `echo $$ >${home}/own; echo started; sleep 300`);
    await command.line(/started/);
    process.kill(-step.pid, 'SIGKILL');
    await step.exited;
    session.send('RELEASE');
    await session.line(/RELEASED RELEASE/);
    expect(isGone(pidIn('own'))).toBe(true);
  });

  test('told that it is alone, a session frees its lock without a look for steps; without a last word it ends its own work', async () => {
    const { session, step, identity } = await sessionWithStep();
    const work = worker(identity, 'c', `echo $$ >${home}/own; echo started; exec sleep 300`);
    await work.line(/started/);
    process.kill(-step.pid, 'SIGKILL');
    await step.exited;
    session.send('ALONE');
    session.send('RELEASE');
    await session.line(/RELEASED RELEASE/);
    await session.exited;
    expect(isGone(pidIn('own'))).toBe(false);
    process.kill(-work.pid, 'SIGKILL');
    await work.exited;
    const { it: other } = await acquired('2', 'x');
    other.send('SESSION');
    other.send('ALONE');
    other.send(go('echo $$ >$HOME/own; echo started; sleep 300'));
    await other.line(/started/);
    other.end();
    await other.line(/RELEASED end of input/);
    expect(isGone(pidIn('own'))).toBe(true);
  });

  test('a step takes another path beside the session, and shares the session’s own by any name', async () => {
    const { session, step, identity } = await sessionWithStep();
    const work = worker(identity, 'c', 'echo started; sleep 300');
    await work.line(/started/);
    const { it: alias } = await acquired('1.2', 'x', `${lock}/../lock`);
    const other = join(home, 'other');
    const { it: second } = await acquired('1.3', 'x', other);
    const refused = keeper('1.4', 'x', other);
    await refused.line(/LOCKED/);
    expect(refused.output().stdout).toContain('\tann@ctl\t1.3\t');
    await end(alias, second);
    step.send('STOP');
    await step.exited;
    await end(session);
  });
});
