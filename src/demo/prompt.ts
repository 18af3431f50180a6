/** Shows what is typed, then runs it: every command is a real child process, whose output nobody here touches. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface PromptSettings {
  readonly directory: string;
  /** What stands for the first word of a command, as with a shell's alias. */
  readonly aliases: Readonly<Record<string, readonly string[]>>;
  /** Ends the commands that run, and keeps others from being started. */
  readonly signal: AbortSignal;
}

/** A command that was started with `&`. */
export interface BackgroundCommand {
  /** Resolves when it has printed this; rejects when it ends without. */
  printed(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly exitCode: Promise<number>;
}

/** A terminal has sent its Ctrl-C to the command, too; a second signal would spoil its orderly end. */
const INTERRUPT_MS = 500;
/** How long a program may take to end after the demo's first signal; then the demo kills it. */
const ENDING_MS = 3_000;

export class Prompt {
  readonly #settings: PromptSettings;
  readonly #running = new Set<Promise<number>>();
  readonly #hasColour = process.stdout.isTTY === true && process.stdout.hasColors();

  constructor(settings: PromptSettings) {
    this.#settings = settings;
  }

  heading(text: string): void {
    process.stdout.write(`\n${this.#styled(BOLD, `# ${text}`)}\n`);
  }

  note(text: string): void {
    process.stdout.write(`${this.#styled(CYAN, `# ${text}`)}\n`);
  }

  /** Shows a line that needs no process of its own. */
  show(line: string): void {
    process.stdout.write(`${this.#styled(GREEN, '$')} ${this.#styled(BOLD, line)}\n`);
  }

  /** Resolves with the exit code. Rejects when the demo is interrupted. */
  async run(words: readonly string[]): Promise<number> {
    this.show(words.map(shellWord).join(' '));
    return this.#spawn(words, 'inherit').exitCode;
  }

  /** Its status bar would disturb what is typed next, so it writes to a pipe. */
  runInBackground(words: readonly string[]): BackgroundCommand {
    this.show(`${words.map(shellWord).join(' ')} &`);
    const { child, exitCode } = this.#spawn(words, 'pipe');
    let output = '';
    child.stdout?.pipe(process.stdout, { end: false });
    child.stderr?.pipe(process.stderr, { end: false });
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    return {
      printed: (text) =>
        new Promise((resolve, reject) => {
          const look = () => output.includes(text) && resolve();
          child.stderr?.on('data', look);
          look();
          exitCode.then((code) => reject(new Error(`it ended with ${code}, without "${text}"`)), reject);
        }),
      kill: (signal) => child.kill(signal),
      exitCode,
    };
  }

  /** Resolves when no command runs any more. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  #spawn(
    words: readonly string[],
    output: 'inherit' | 'pipe',
  ): { child: ChildProcess; exitCode: Promise<number> } {
    const { directory, aliases, signal } = this.#settings;
    signal.throwIfAborted();
    const [name = '', ...others] = words;
    const [program = '', ...parameters] = [...(aliases[name] ?? [name]), ...others];
    // Whoever shows it in a session of lockstep still has nodes of the demo's own.
    const { LOCKSTEP_SESSION: _, ...ours } = process.env;
    // The journals of its runs go with the demo.
    const env = { ...ours, XDG_STATE_HOME: directory };
    const child = spawn(program, parameters, { cwd: directory, stdio: ['ignore', output, output], env });
    const end = () => {
      setTimeout(() => child.kill('SIGTERM'), INTERRUPT_MS).unref();
      setTimeout(() => child.kill('SIGKILL'), INTERRUPT_MS + ENDING_MS).unref();
    };
    signal.addEventListener('abort', end, { once: true });
    const exitCode = new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => (signal.aborted ? reject(signal.reason) : resolve(code ?? -1)));
    }).finally(() => {
      signal.removeEventListener('abort', end);
      this.#running.delete(exitCode);
    });
    // Who waits for it gets the error; nobody may be waiting yet.
    exitCode.catch(() => {});
    this.#running.add(exitCode);
    return { child, exitCode };
  }

  #styled(style: string, text: string): string {
    return this.#hasColour ? `\u001b[${style}m${text}\u001b[0m` : text;
  }
}

const BOLD = '1';
const GREEN = '32';
const CYAN = '36';

/** As a person would type it. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
