import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { until } from '../farm/process.ts';
import { PATIENCE_MS } from '../patience.ts';
import { Screen } from '../unit/output/screen.ts';
import { expectExit, pidOf, run, startScene } from './scene.ts';
import { converse } from './typist.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startScene(3);
  // New host keys are told once.
  await expectExit(run(farm, ['-C', 'true']), 0);
});
afterAll(() => farm?.stop());

/** What a terminal got, and when its size changed. */
type Happening = { readonly text: string } | { readonly columns: number };

/** Runs lockstep on a terminal that has these widths one after the other, each for as long as it takes to see two lines; and tells the nodes of each. */
function watch(args: readonly string[], widths: readonly number[]): Promise<Happening[]> {
  const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
  const targets = farm.nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
  const places = farm.nodes.map(({ directory }) => join(directory, 'run'));
  const words = [
    '-c',
    WATCHER,
    JSON.stringify({ widths, places }),
    process.execPath,
    program,
    ...targets,
    ...args,
  ];
  const env = { PATH: process.env.PATH, LANG: 'C.UTF-8', TERM: 'xterm', HOME: farm.home };
  return new Promise((resolve, reject) => {
    const child = execFile('python3', words, { env, timeout: PATIENCE_MS.wait }, (error, stdout) =>
      error ? reject(error) : resolve(JSON.parse(stdout)),
    );
    farm.atStop(() => child.kill('SIGKILL'));
  });
}

const WATCHER = `
import fcntl, json, os, pty, struct, sys, termios
said = json.loads(sys.argv[1])
widths, happened, lines, step = said["widths"], [], 0, 0
def resize(terminal):
    global step
    columns, step = widths.pop(0), step + 1
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    happened.append({"columns": columns})
    for place in said["places"]:
        open("%s/step-%d" % (place, step), "w").close()
pid, terminal = pty.fork()
if pid == 0:
    while struct.unpack("HHHH", fcntl.ioctl(2, termios.TIOCGWINSZ, b"12345678"))[1] == 0:
        pass
    os.execvp(sys.argv[2], sys.argv[2:])
resize(terminal)
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    happened.append({"text": data.decode("latin-1")})
    lines += data.count(b"\\n")
    if lines >= 2 and widths:
        lines = 0
        resize(terminal)
print(json.dumps(happened))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
`;

describe('the status bar on a real terminal', () => {
  test.each([
    ['that flows its lines anew', true],
    ['that leaves them', false],
  ])('leaves every line whole while the terminal is resized, one %s', async (_name, isReflowing) => {
    const command =
      'for i in 1 2 3 4; do until [ -e /run/step-$i ]; do sleep 0.05; done; echo "line $i of $(hostname -s 2>/dev/null | cut -c1-9)"; done; rm /run/step-*';
    const happened = await watch(['--colors-dark', '-C', command], [70, 20, 120, 9]);
    const screen = new Screen(70, { isReflowing });
    let given = '';
    for (const each of happened) {
      if ('columns' in each) screen.resize(each.columns);
      else {
        const bytes = Buffer.from(given + each.text, 'latin1');
        const whole = bytes.subarray(0, bytes.lastIndexOf('\n'.charCodeAt(0)) + 1 || bytes.length);
        given = bytes.subarray(whole.length).toString('latin1');
        screen.write(whole.toString());
      }
    }
    screen.write(Buffer.from(given, 'latin1').toString());
    expect(happened.filter((each) => 'columns' in each)).toHaveLength(4);
    expect(JSON.stringify(happened)).toContain('?7l');
    const shown = screen.lines().map((line) => line.trim());
    expect(shown).toHaveLength(12);
    for (const line of shown) expect(line).toMatch(/^\S+ line [1-4] of \S*$/);
  });
});

test('R7: a rollout is watched below its output; Ctrl-Z stops nobody whom no shell could wake, and leaves no line half', async () => {
  const targets = farm.nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
  const command = 'echo "at $(hostname)"; sleep 1';
  const [first] = farm.nodes;
  const { code, screen } = await converse(farm, [...targets, '--batch', '1', '-C', command], {
    turns: [[`at work  ${first?.host.replaceAll('.', '\\.')} `, '\x1a']],
    columns: 100,
  });
  expect(code, screen).toBe(0);
  expect(screen).toMatch(/waiting {2}2 wait: --batch is full: 1 of 1 at work/);
  const shown = new Screen(100, { isReflowing: true });
  shown.write(screen.replaceAll('^Z', ''));
  const said = shown.lines().map((line) => line.replace(/^\S+ \S+ +(?=\[)/, ''));
  expect(said).toEqual([
    expect.stringContaining('a rollout on 3 nodes: at most 1 at once (--batch)'),
    ...farm.nodes.map(({ host, name }) => `${host} at ${name}`),
    expect.stringMatching(/^\[INFO\] the rollout is over: 3 of 3 nodes done, in \d+(\.\d)? s$/),
  ]);
});

test('a node that cannot be reached is told in one line that names it once', async () => {
  const { code, screen } = await converse(
    farm,
    ['-o', 'root@127.0.0.1:1', '--color', 'never', '-C', 'true'],
    {
      turns: [],
      columns: 100,
    },
  );
  expect(code).toBe(3);
  const shown = new Screen(100, { isReflowing: true });
  shown.write(screen);
  const lines = shown.lines();
  expect(lines).toEqual([
    expect.stringMatching(/^\S+ \S+ \[FATAL\] cannot connect: \[root@127\.0\.0\.1:1\] connection refused$/),
    expect.stringMatching(/^ {4}hint: /),
  ]);
});

describe('who is waited for', () => {
  const targets = () => farm.nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
  const slowLast = () => `test "$(hostname)" != ${farm.nodes[2]?.name} || sleep 6`;

  test('is named while a node does not let anybody in', async () => {
    const last = farm.nodes[2] as Farm['nodes'][0];
    const sshd = await pidOf(last, /sshd -D|sshd: .*listener/);
    process.kill(sshd, 'SIGSTOP');
    const ran = converse(farm, [...targets(), '-C', 'true'], {
      turns: [[`connect .*2/3  *\\d+s  ${last.host}`, '\x03']],
      columns: 100,
    });
    const { code, screen } = await ran.finally(() => process.kill(sshd, 'SIGCONT'));
    expect(code, screen).toBe(130);
    expect(screen).toContain(`s  ${last.host}`);
  });

  test('is named while a command goes on there alone', async () => {
    const last = farm.nodes[2] as Farm['nodes'][0];
    const { code, screen } = await converse(farm, [...targets(), '-C', slowLast()], {
      turns: [],
      columns: 100,
    });
    expect(code).toBe(0);
    expect(screen).toMatch(new RegExp(`exec .*2/3 +[3-6]s {2}${last.host.replaceAll('.', '\\.')}`));
  });

  test('is named while all other sync tools wait for one at a barrier', async () => {
    const last = farm.nodes[2] as Farm['nodes'][0];
    const args = [...targets(), '-S', '--no-upload', '-g', `--check=${slowLast()}`];
    const { code, screen } = await converse(farm, args, { turns: [], columns: 100 });
    expect(code, screen).toBe(0);
    expect(screen).toMatch(new RegExp(`exec .*0/3 +[3-6]s {2}${last.host.replaceAll('.', '\\.')}`));
    expect(screen).toMatch(/\[INFO\].* sync on 3 nodes in /);
  });

  test('is told on SIGUSR1, with -q and without a terminal', async () => {
    const [, , last] = farm.nodes;
    const ran = run(farm, ['-q', '-C', slowLast()]);
    await pidOf(last as Farm['nodes'][0], /^sleep 6/);
    await until('only one is at work', async () => {
      ran.kill('SIGUSR1');
      return /at work on 1 of 3 nodes since \d\d:\d\d:\d\d \(exec, [^)]+\): \[root@/.test(ran.stderr);
    });
    await expectExit(ran, 0);
    expect(ran.stderr).toContain(`: [root@${last?.host}:22]`);
    expect(ran.stdout).toBe('');
  });
});
