import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { expectExit, run, startScene, untilAtRest } from './scene.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startScene(2);
  writeFileSync(join(farm.home, 'input'), 'input\n');
  await farm.nodes[0]?.run(
    'rm -f /bin/bash /usr/bin/bash; usermod -s /bin/sh root; usermod -s /bin/sh worker',
  );
});
afterAll(() => farm?.stop());

/** The first node has no bash, the second one has. */
const TEXT = 'echo "${BASH_VERSION:+bash} $(cat) $LOCKSTEP_ROOT"';

describe('a node without bash runs commands in sh, beside one that has it', () => {
  test.each<[title: string, argv: readonly string[], printed: string]>([
    ['-C', ['-C', TEXT], ' /root'],
    ['-C under sudo', ['-x', '-C', TEXT], ' /home/worker'],
    ['-r', ['-r', '/srv', '-C', TEXT], ' /srv'],
    ['-i', ['-i', 'input', '-C', TEXT], 'input /root'],
    ['-S -m -n', ['--no-upload', '-m', '-n', TEXT, '-S'], ' /root'],
    ['-S -n', ['--no-upload', '-n', `exec 3<&0 </dev/null; ${TEXT}`, '-S'], ' /root'],
    ['a step', ['-L', '--', 'LOCKSTEP', '-C', TEXT], ' /root'],
    ['a step with -i', ['-L', '--', 'LOCKSTEP', '-i', 'input', '-C', TEXT], 'input /root'],
  ])('%s', async (_title, argv, printed) => {
    const words = argv.flatMap((word) => (word === 'LOCKSTEP' ? [process.execPath, program] : [word]));
    const { stdout } = await expectExit(
      run(farm, words, { user: argv.includes('-x') ? 'worker' : 'root' }),
      0,
    );
    const [poor, rich] = farm.nodes.map(({ host }) => host);
    const end = printed.trimStart();
    expect(stdout).toMatch(new RegExp(`^${poor} +${end}$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^${rich} bash +${end}$`, 'm'));
    await untilAtRest(farm.nodes);
  });
});

const program = new URL('../../bin/lockstep.js', import.meta.url).pathname;
