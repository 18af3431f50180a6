/** Keepers and workers on this machine, under a shell, for a lock in a directory of each test's own. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { quote } from '../../../src/node/quote.ts';
import { encodeLine } from '../../../src/node/speech.ts';
import { COMMAND_TEXT, KEEPER_TEXT } from '../../../src/node/texts.ts';
import { textOfWorker } from '../../../src/node/worker/worker.ts';
import { until } from '../../farm/process.ts';
import { runText, type Shell } from './shells.ts';

const START = { lease: 30, grace: 1, kind: 'x', make: 'none' };

export function keepersUnder(shell: readonly string[]) {
  const place = { home: '', lock: '' };
  beforeEach(() => {
    place.home = mkdtempSync(join(tmpdir(), 'lockstep-keeper-'));
    place.lock = join(place.home, 'lock');
    mkdirSync(place.lock);
  });
  afterEach(() => rmSync(place.home, { recursive: true, force: true }));

  const keeper = (
    run: string,
    start: Partial<typeof START> = {},
    path = place.lock,
    text = KEEPER_TEXT,
  ): Shell => {
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
    const started = runText(shell, text, words, { HOME: place.home });
    started.send(`tok${run} ${lease} ${grace} ${kind} ${make}`);
    return started;
  };
  const acquired = async (run: string, start: Partial<typeof START> = {}) => {
    const it = keeper(run, start);
    return { it, identity: (await it.line(/ACQUIRED/)).split(' ')[2] ?? '' };
  };
  const worker = (run: string, identity: string, command: string, job = 'c') => {
    const words = ['lockstep-hand', run, job, place.lock, identity, command];
    const started = runText(shell, textOfWorker(COMMAND_TEXT, 1_000), words);
    started.send('tok');
    return started;
  };
  const pidIn = (file: string) => Number(readFileSync(join(place.home, file), 'utf8'));
  return { place, keeper, acquired, worker, pidIn };
}

/** As a run sends it. */
export const go = (text: string) => `GO ${encodeLine(`exec $own_session sh -c ${quote(text)}`)}`;

/**
 * Resolves when the job of a keeper can be told to end. Until then TERM kills it, which its keeper finds at the next beat; what
 * a node has to do before anybody says END gives a job all the time that it needs.
 */
export async function untilJobIsUp(identity: string): Promise<void> {
  const keeper = identity.split(':')[0] ?? '';
  const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${keeper}/status`, 'utf8'))?.[1];
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ');
  const job = children.find((pid) => pid !== keeper);
  const catchesTerm = () => {
    const caught = /^SigCgt:\s+([0-9a-f]+)/m.exec(readFileSync(`/proc/${job}/status`, 'utf8'))?.[1];
    return (BigInt(`0x${caught}`) & TERM_BIT) !== 0n;
  };
  await until('the job can be told to end', catchesTerm);
}

const TERM_BIT = 1n << 14n;

/** A process is gone when it is neither alive nor waiting; zombies of other parents count as gone. */
export function isGone(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

export function isGroupGone(group: number): boolean {
  try {
    process.kill(-group, 0);
    return false;
  } catch {
    return true;
  }
}
