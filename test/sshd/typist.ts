/** Somebody at a terminal: runs the program with a terminal of its own, and types when it is asked. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CANARY, refuseLeaks } from '../farm/canary.ts';
import type { Farm } from '../farm/farm.ts';
import { PATIENCE_MS } from '../patience.ts';

export interface Typed {
  readonly code: number;
  /** Everything that the terminal showed. */
  readonly screen: string;
}

/** Runs lockstep with `input` as its stdin, and types `answer` once a prompt that ends in ": " stands there. */
export function typeAt(
  farm: Farm,
  args: readonly string[],
  { answer, input }: { readonly answer: string; readonly input: string },
): Promise<Typed> {
  return converse(farm, args, { turns: [['ass(phrase|word): ', answer]], input });
}

export interface Conversation {
  /** What is typed, each once the screen has shown the (Python) pattern before it since the last was typed. */
  readonly turns: readonly (readonly [shown: string, typed: string])[];
  /** All of stdin; without it stdin is the terminal. */
  readonly input?: string;
  /** Of the terminal; it does not tell without it. */
  readonly columns?: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another bin/lockstep.js, such as a link with another name. */
  readonly program?: string;
}

/** Runs lockstep with somebody at its terminal. */
export function converse(farm: Farm, args: readonly string[], conversation: Conversation): Promise<Typed> {
  const { program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url)) } = conversation;
  const child = execFile(
    'python3',
    ['-c', TYPIST, process.execPath, program, ...args],
    {
      cwd: conversation.cwd,
      env: { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: farm.home, ...conversation.env },
      timeout: PATIENCE_MS.wait,
    },
    () => {},
  );
  // What is typed stands in no arguments.
  child.stdin?.end(JSON.stringify(conversation));
  let screen = '';
  farm.atStop(() => {
    child.kill('SIGKILL');
    if (screen.includes(CANARY)) refuseLeaks([`what the terminal showed of lockstep ${args.join(' ')}`]);
  });
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, screen }));
  });
}

const TYPIST = `
import fcntl, json, os, pty, re, struct, sys, termios, time
said = json.loads(sys.stdin.read())
pid, terminal = pty.fork()
if pid == 0:
    if "columns" in said:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, said["columns"], 0, 0))
    if "input" in said:
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.close(reader)
            os.write(writer, said["input"].encode())
            os._exit(0)
        os.close(writer)
        os.dup2(reader, 0)
    os.execvp(sys.argv[1], sys.argv[1:])
seen, fresh, turns = b"", b"", said["turns"]
while True:
    if turns and re.search(turns[0][0].encode(), fresh, re.S):
        os.write(terminal, turns.pop(0)[1].encode())
        fresh = b""
    try:
        data = os.read(terminal, 4096)
    except OSError:
        break
    if not data:
        break
    seen += data
    fresh += data
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
`;
