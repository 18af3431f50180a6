// @module-tag slow: left out of npm run test:quick
/** How a keeper comes to its lock, where others ask for it at the same moment. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { KEEPER_TEXT } from '../../../src/node/texts.ts';
import { scratchForEach } from '../../scratch.ts';
import { runText, SHELLS } from './shells.ts';

let home: string;
scratchForEach((made) => {
  home = made;
  mkdirSync(join(home, 'bin'));
  mkdirSync(join(home, 'lock'));
});

const FLOCK = execFileSync('sh', ['-c', 'command -v flock'], { encoding: 'utf8' }).trim();

describe.each(SHELLS)('under %s', (_name, shell) => {
  /** The lock on the path itself is somebody's, who has no name yet, for the first so many looks. */
  const asked = (refusals: number) => {
    const text = `[ "$3" = 8 ] || { echo >>${home}/looks; [ $(wc -l <${home}/looks) -gt ${refusals} ] || exit 1; }`;
    writeFileSync(join(home, 'bin/flock'), `#!/bin/sh\n${text}\nexec ${FLOCK} "$@"\n`, { mode: 0o755 });
    const env = { HOME: home, PATH: `${join(home, 'bin')}:${process.env.PATH}` };
    const record = ['ann@ctl', '1', '2026-11-21T09:00:00Z', join(home, 'lock'), '', '-C', '0.1.0', 'x'];
    const keeper = runText(shell, KEEPER_TEXT, ['lockstep-keeper', ...record], env);
    keeper.send('tok 30 1 x none');
    return keeper;
  };

  test('a contender that has let go by the second look is no reason to refuse', async () => {
    const keeper = asked(1);
    await keeper.line(/ACQUIRED/);
    keeper.send('RELEASE');
    expect(await keeper.exited).toBe(0);
  });

  test('one that holds it on is, though nobody can see who it is', async () => {
    const keeper = asked(9);
    await keeper.line(/LOCKED/);
    await keeper.exited;
    expect(keeper.output().stdout).toBe('tok LOCKED\n');
  });
});
