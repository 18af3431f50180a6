// @module-tag slow: left out of npm run test:quick
/** KILL comes after G by the clock, whoever ends a command, and however fast or slow the looks are between TERM and KILL. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { quote } from '../../../src/node/quote.ts';
import { encodeLine } from '../../../src/node/speech.ts';
import { COMMAND_TEXT, KEEPER_TEXT } from '../../../src/node/texts.ts';
import { textOfWorker } from '../../../src/node/worker/worker.ts';
import { scratchForEach } from '../../scratch.ts';
import { runText, SHELLS } from './shells.ts';

let home: string;
let lock: string;
scratchForEach((made) => {
  home = made;
  lock = join(home, 'lock');
  mkdirSync(lock);
  mkdirSync(join(home, 'bin'));
  // No pause between the looks: by their number, G would be over at once.
  writeFileSync(join(home, 'bin/sleep'), '#!/bin/sh\n', { mode: 0o755 });
});

const CLEANS_UP = `trap '/bin/sleep 1; echo >$home/cleaned; exit 0' TERM; echo up; while :; do /bin/sleep 0.1; done`;
const COMMANDS: Readonly<Record<string, string>> = {
  'a command': CLEANS_UP,
  'what a command has left with its output': `(${CLEANS_UP}) & exit 0`,
};
/** KIND of the keeper that runs it, or of the worker's. */
const WAYS = { '-C': 'x', 'a step': 'jx', '-i': 'x' } as const;

describe.each(SHELLS)('under %s', (_name, shell) => {
  test.each(
    Object.keys(COMMANDS).flatMap((what) => Object.entries(WAYS).map(([way, kind]) => ({ what, way, kind }))),
  )('$what of $way has G seconds after TERM', async ({ what, way, kind }) => {
    const env = { HOME: home, PATH: `${join(home, 'bin')}:${process.env.PATH}` };
    const run = kind === 'jx' ? '1.2' : '1';
    const record = ['ann@ctl', run, '2026-11-21T09:00:00Z', lock, '', '-C', '0.1.0', kind];
    const keeper = runText(shell, KEEPER_TEXT, ['lockstep-keeper', ...record], env);
    keeper.send(`tok 30 20 ${kind} none`);
    const identity = (await keeper.line(/ACQUIRED/)).split(' ')[2] ?? '';
    const command = `home=${home}; ${COMMANDS[what]}`;
    const line = `export LOCKSTEP_RUN='${run}'; exec $own_session sh -c ${quote(command)}`;
    const words = ['lockstep-hand', run, 'c', lock, identity, line];
    const work = way === '-i' ? runText(shell, textOfWorker(COMMAND_TEXT, 20_000), words, env) : keeper;
    work.send(work === keeper ? `GO ${encodeLine(line)}` : 'tok');
    await work.line(/up/);
    keeper.send('END');
    if (work === keeper) await keeper.line(/EXIT/);
    else await work.exited;
    expect(existsSync(join(home, 'cleaned'))).toBe(true);
    keeper.end();
    await keeper.exited;
  });
});
