import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { expectExit, leftovers, run, startScene, untilAtRest } from './scene.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startScene(1);
  mkdirSync(join(farm.home, 'conf'));
  writeFileSync(join(farm.home, 'conf/a'), 'conf/a\n');
});
afterAll(() => farm?.stop());

/** Names of one path component: whatever a shell, a line, a list or an option parser could take for something else. */
const MANY = `--\t it's "x" %s%%\\n\\t\\ *[x]?$HOME\`id\`$(id) #~!(=é\u{1f600}{}a;b&c|d<e>f\u0001\u001b[31m `;
const PATHS: readonly (readonly [title: string, path: string])[] = [
  ['what shells, lines and lists cut at', `/srv/${MANY}`],
  ['the same, a relative one', `below/${MANY}`],
  ['a blank alone', '/srv/ '],
  ['what looks like an option', '/srv/-n'],
  ['what looks like a home, and is long', `/srv/~root${'x'.repeat(240)}`],
];

const inside = (script: string) => farm.nodes[0]?.run(script).then(({ stdout }) => stdout);
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

test.each(PATHS)(
  'a path with %s is a lock, a directory and a destination as it stands (S7)',
  async (_title, path) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const absolute = path.startsWith('/') ? path : `/root/${path}`;
    const uploaded = run(farm, ['-r', path, '-e', '-U', 'conf']);
    await expectExit(uploaded, 0);
    expect(await inside(`cat ${quoted(`${absolute}/conf/a`)}`)).toBe('conf/a\n');
    const { stdout } = await expectExit(
      run(farm, ['--json', '-r', path, '-C', 'printf "%s|%s|" "$PWD" "$LOCKSTEP_ROOT"; ls conf']),
      0,
    );
    const body = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).body ?? '')
      .join('');
    expect(body).toBe(`${absolute}|${absolute}|a\n`);

    const synced = run(farm, [
      '-r',
      path,
      '-e',
      '-n',
      'cat conf/a; printf "%s" "$1" | od -An -c',
      '-m',
      `--arg=${name}`,
      '-S',
      'conf',
    ]);
    expect((await expectExit(synced, 0)).stdout).toContain('conf/a');
    await expectExit(run(farm, ['-r', path, '-e', '-S', 'conf']), 0);
    await expectExit(run(farm, ['-e', '-g', `--to=${absolute}`, '-S', 'conf']), 0);

    const holder = run(farm, ['--lock-file', path, '--lock-reason', name, '-C', 'echo held; sleep 300']);
    await holder.waitForOutput(/ held/);
    const refused = await expectExit(run(farm, ['-r', path, '-C', 'true']), 75);
    expect(refused.stderr).toContain('lock already obtained by');
    const looked = await expectExit(run(farm, ['--json', '--lock-file', path, '--lock-status']), 0);
    const { lock } = JSON.parse(looked.stdout.split('\n')[0] ?? '');
    expect(lock.holders.map(({ path: held }: { path: string }) => held)).toEqual([path]);
    const [{ run: id }] = lock.holders;
    await expectExit(run(farm, ['--lock-file', path, '--yes', '--lock-break', id]), 0);
    await expectExit(holder, 2);
    await untilAtRest(farm.nodes);
    for (const node of farm.nodes) expect(await leftovers(node)).toMatch(/^(\/run\/orgalorg\/[\w-]+\n)*$/);
  },
);

test.each([
  ['-r', ['-r', '/srv/a\nb', '-C', 'true']],
  ['--lock-file', ['--lock-file', '/srv/a\nb', '-C', 'true']],
  ['--to', ['-e', '-g', '--to=/srv/a\nb', '-S', 'conf']],
])('a path of two lines is refused by name, and nothing is made: %s', async (option, args) => {
  const refused = run(farm, args);
  const { code } = await refused.exited;
  expect(code).not.toBe(0);
  expect(refused.stderr).toContain(option);
  expect(refused.stderr).toContain('newline');
  expect(await inside('ls -d /srv/a*')).toBe('');
  await untilAtRest(farm.nodes);
});
