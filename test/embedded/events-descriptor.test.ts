/** The descriptor of `--events`: Node's own are taken for none of the caller's. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { scratchForFile } from '../scratch.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
const place = scratchForFile();
beforeAll(() => {
  writeFileSync(
    join(place, 'jobs.mjs'),
    `export default ({ sites, jobs }) => {
      sites.add('one');
      jobs.add('a', 'one', () => {});
    };`,
  );
  writeFileSync(
    join(place, 'request.json'),
    '{ "version": 1, "targets": { "hosts": ["none.invalid"] }, "work": { "mode": "command", "text": "true" } }',
  );
});

const JOB = '"$0" "$1" job -f jobs.mjs a --events';
const RUN = '"$0" "$1" run --request request.json --events';

function shell(text: string) {
  const env = { PATH: process.env.PATH, HOME: place, XDG_STATE_HOME: join(place, 'state') };
  return spawnSync('bash', ['-c', text, process.execPath, PROGRAM], { cwd: place, env, encoding: 'utf8' });
}

test('--events takes no descriptor that Node has opened for itself', () => {
  for (let number = 3; number <= 30; number++) {
    const { status, stderr } = shell(`${number % 2 === 0 ? JOB : RUN} ${number}`);
    expect([number, status, stderr]).toEqual([
      number,
      64,
      expect.stringContaining('no such descriptor is open'),
    ]);
  }
});

test.each([
  ['a file', `${JOB} 3 3>file >&2; cat file`],
  ['a file that is added to', `${JOB} 7 7>>added >&2; cat added`],
  ['the stdout of the shell', `{ ${JOB} 5 5>&1 >&2; } | cat`],
  ['a pipe', `${JOB} 9 9> >(cat) >&2 | cat`],
  ['a named pipe', `mkfifo fifo; cat fifo & ${JOB} 11 11>fifo >&2; wait`],
  ['a named pipe for both', `mkfifo both; head -n 1 both & ${JOB} 12 12<>both >&2; wait`],
])('--events takes what its caller has opened: %s', (_what, text) => {
  const { stdout, stderr } = shell(text);
  expect(stdout, stderr).toContain('{"version":1,"at":');
});

test('--events refuses what is open for reading alone before any job begins', () => {
  const { status, stderr } = shell(`${JOB} 4 4<jobs.mjs`);
  expect([status, stderr]).toEqual([64, expect.stringContaining('no such descriptor is open for writing')]);
});
