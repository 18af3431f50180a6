import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { Screen } from '../unit/output/screen.ts';
import { startScene } from './scene.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startScene(3);
}, 120_000);
afterAll(() => farm?.stop());

/** What a terminal got, and when its size changed. */
type Happening = { readonly text: string } | { readonly columns: number };

/** Runs lockstep on a terminal that has these widths one after the other, each for as long as it takes to see two lines. */
function watch(args: readonly string[], widths: readonly number[]): Promise<Happening[]> {
  const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
  const targets = farm.nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
  const words = ['-c', WATCHER, JSON.stringify(widths), process.execPath, program, ...targets, ...args];
  const env = { PATH: process.env.PATH, LANG: 'C.UTF-8', TERM: 'xterm', HOME: farm.home };
  return new Promise((resolve, reject) => {
    const child = execFile('python3', words, { env, timeout: 60_000 }, (error, stdout) =>
      error ? reject(error) : resolve(JSON.parse(stdout)),
    );
    farm.atStop(() => child.kill('SIGKILL'));
  });
}

const WATCHER = `
import fcntl, json, os, pty, struct, sys, termios
widths = json.loads(sys.argv[1])
happened, lines = [], 0
def resize(terminal):
    columns = widths.pop(0)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    happened.append({"columns": columns})
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
      'for i in 1 2 3 4; do echo "line $i of $(hostname -s 2>/dev/null | cut -c1-9)"; sleep 0.3; done';
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
