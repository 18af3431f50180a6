/** What stands between a node's sshd and its shell may merge the outputs, drop one, or filter them: a run works, or says why not. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { oneOf } from '../one-of.ts';
import { expectExit, run, startScene, untilAtRest } from './scene.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startScene(1, ['Match User plain', 'ForceCommand /home/plain/force', 'Match all']);
  mkdirSync(join(farm.home, 'tree'));
  writeFileSync(join(farm.home, 'tree/file'), 'sent\n');
  writeFileSync(join(farm.home, 'input'), 'given\n');
  for (const node of farm.nodes) await node.run('chown plain: /home/plain');
});
afterAll(() => farm?.stop());

const COMMAND = 'echo out; echo err >&2; exit 3';

/** All that is said on a node by each way of a run that works there. */
async function works(user: string, { words }: { words: string }): Promise<void> {
  const wanted = words.split(' ').sort();
  const plain = await expectExit(run(farm, ['-q', '-C', COMMAND], { user }), 1);
  expect(said(plain)).toEqual(wanted);
  expect(`${plain.stderr}`).toMatch(/code 3/);
  await expectExit(run(farm, ['-q', '--timeout', '20', '-C', 'true'], { user }), 0);
  const fed = await expectExit(run(farm, ['-q', '-i', 'input', '-C', `cat; ${COMMAND}`], { user }), 1);
  expect(said(fed)).toEqual([...wanted, 'given'].sort());
  expect(`${fed.stderr}`).toMatch(/code 3/);
  const tool = await expectExit(run(farm, ['--no-upload', '-n', 'exit 3', '-S'], { user }), 1);
  expect(`${tool.stderr}`).toMatch(/code 3/);
  await expectExit(run(farm, ['-r', 'up', '-e', '-U', 'tree'], { user }), 0);
  await expectExit(run(farm, ['-r', 'up', '--no-upload', '-m', '-n', 'echo out', '-S'], { user }), 0);
  await expectExit(run(farm, ['-r', 'up', '-e', '-S', 'tree'], { user }), 0);
  await untilAtRest(farm.nodes);
}

function said({ stdout, stderr }: { stdout: string; stderr: string }): string[] {
  const lines = `${stdout}${stderr}`.split('\n');
  return lines.filter((line) => /^(out|err|given|BEGUN.*)$/.test(line)).sort();
}

async function prepare({ bashrc, force }: { bashrc: string; force: string }): Promise<void> {
  for (const node of farm.nodes) {
    await node.run('rm -rf /home/plain/up');
    const home = join(node.directory, 'home/plain');
    writeFileSync(join(home, '.bashrc'), `${bashrc}\n`);
    writeFileSync(join(home, 'force'), `#!/bin/bash\n${force}\n`, { mode: 0o755 });
  }
}

const PLAIN = 'exec bash -c "$SSH_ORIGINAL_COMMAND"';

/** These are waited for as long as a login may take. */
const WAITED_FOR: readonly [script: string, cause: RegExp][] = [
  ['sh -c "$SSH_ORIGINAL_COMMAND" >/dev/null', /cannot be worked on: no word of sh came through/],
  ['script -qc "$SSH_ORIGINAL_COMMAND" /dev/null', /terminal/],
];

describe('a login shell whose outputs are not two pipes of sshd', () => {
  test.each<[script: string, words: string]>([
    ['exec 2>&1', 'out err'],
    ['exec 2>/dev/null', 'out'],
    ['exec 2> >(cat >&2)', 'out err'],
    ['exec > >(tee -a /dev/null)', 'out err'],
    ['exec 2>&-; exec 2>&1', 'out err'],
  ])('works in every mode where a login script says %s', async (bashrc, words) => {
    await prepare({ bashrc, force: 'exec bash -c ". ~/.bashrc; $SSH_ORIGINAL_COMMAND"' });
    await works('plain', { words });
  });

  test.each<[wrapper: string, words: string]>([
    ['sh -c "$SSH_ORIGINAL_COMMAND" 2>&1', 'out err'],
    ['sh -c "$SSH_ORIGINAL_COMMAND" 2>/dev/null', 'out'],
    ['sh -c "$SSH_ORIGINAL_COMMAND" | tee -a /dev/null', 'out err'],
    ['sh -c "$SSH_ORIGINAL_COMMAND"; exit 7', 'out err'],
  ])('works in every mode behind a forced command that says %s', async (force, words) => {
    await prepare({ bashrc: '', force });
    await works('plain', { words });
  });

  test.each([
    'dd bs=1 2>/dev/null | sh -c "$SSH_ORIGINAL_COMMAND"',
    'cat | sh -c "$SSH_ORIGINAL_COMMAND" 2>&1 | cat',
  ])('runs commands, uploads and tools behind one that hands stdin on: %s', async (force) => {
    const user = 'plain';
    await prepare({ bashrc: '', force });
    const plain = await expectExit(run(farm, ['-q', '-C', COMMAND.replace('; exit 3', '')], { user }), 0);
    expect(said(plain)).toEqual(['err', 'out']);
    await expectExit(run(farm, ['-r', 'up', '-e', '-U', 'tree'], { user }), 0);
    // A tool's stdin is open as long as it runs.
    const tool = await expectExit(run(farm, ['--no-upload', '-n', 'exit 3', '-S'], { user }), 1);
    expect(tool.stderr).toMatch(/code 3/);
    await expectExit(run(farm, ['-r', 'up', '-e', '-S', 'tree'], { user }), 0);
    await untilAtRest(farm.nodes);
  });

  test.each<[mode: string, words: readonly string[], code: number, cause: RegExp]>([
    // The keeper dies of its first answer (SIGPIPE): whether its channel or the pulse beside the command tells that first is open.
    [
      '-C',
      ['--heartbeat', '1s', '--lease', '4s', '-C', COMMAND],
      2,
      /lock is lost: (the keeper ended|its keeper was killed on the node);/,
    ],
    ['-i', ['-i', 'input', '-C', COMMAND], 1, /how it ended did not come through/],
    ['-U', ['-r', 'up', '-e', '-U', 'tree'], 4, /it ended with code 0/],
    ['-S', ['--no-upload', '-n', 'true', '-S'], 1, /how it ended did not come through/],
  ])(
    'L18: ends with a cause where both outputs die behind the first line, with %s',
    async (_mode, words, code, cause) => {
      await prepare({ bashrc: '', force: 'sh -c "$SSH_ORIGINAL_COMMAND" 2>&1 | head -n 1' });
      const ran = await expectExit(run(farm, words, { user: 'plain' }), code);
      expect(ran.stderr).toMatch(cause);
      await prepare({ bashrc: '', force: PLAIN });
      await untilAtRest(farm.nodes);
    },
  );

  test.each<[script: string, cause: RegExp]>([
    ['sh -c "$SSH_ORIGINAL_COMMAND" >&2', /turns stdout into stderr/],
    ...oneOf(WAITED_FOR, 0),
  ])('is refused by name where that cannot work: %s', async (force, cause) => {
    await prepare({ bashrc: '', force });
    const refused = await expectExit(run(farm, ['-C', 'echo out'], { user: 'plain' }), 69);
    expect(refused.stderr).toMatch(cause);
    await prepare({ bashrc: '', force: PLAIN });
    await untilAtRest(farm.nodes);
  });
});
