/**
 * The directory of the control sockets, and a shell that outlives this process by a moment: however the process dies, the
 * shell ends the master connections, each with what it has started, and removes the directory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LIMITS } from '../../core/limits/limits.ts';

export class Guard {
  readonly #directory: string;
  readonly #shell: ChildProcess;
  #count = 0;
  #masters = 0;

  constructor() {
    this.#directory = makeDirectory();
    // The shell leads a process group, so that Ctrl-C does not reach it.
    this.#shell = spawn('/bin/sh', ['-c', WATCH, 'sh', this.#directory], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#shell.on('error', () => {});
    this.#shell.stdin?.on('error', () => {});
    // The shell waits for this process to end, so it must not keep it alive.
    this.#shell.unref();
    (this.#shell.stdin as unknown as { unref?(): void } | null)?.unref?.();
  }

  /** Returns a path that does not exist yet. */
  path(): string {
    this.#count += 1;
    return join(this.#directory, this.#count.toString(36));
  }

  /** Writes a new file with this text and returns its path. */
  write(text: string): string {
    const path = this.path();
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  started(pid: number): void {
    this.#masters += 1;
    this.#shell.stdin?.write(`+ ${pid}\n`);
  }

  ended(pid: number): void {
    this.#masters -= 1;
    this.#shell.stdin?.write(`- ${pid}\n`);
  }

  get masters(): number {
    return this.#masters;
  }

  /** Whether nothing is connected, or connecting, any more. */
  get isIdle(): boolean {
    return this.#masters === 0;
  }

  close(): void {
    this.#shell.stdin?.end();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** A process that dies at once after it has started ssh cannot tell of it: such an ssh is found by the path of its socket. */
const WATCH = `live=' '
while read -r what pid; do
  case $what in
    +) live="$live-$pid " ;;
    -) live="\${live%%" -$pid "*} \${live#*" -$pid "}" ;;
  esac
done
for path in $(grep -lsF -e "$1/" /proc/[0-9]*/cmdline); do
  path=\${path%/cmdline}
  read -r name 2>/dev/null <"$path/comm" && [ "$name" = ssh ] && live="$live-\${path#/proc/} "
done
[ "$live" = ' ' ] || kill -TERM $live
rm -rf -- "$1"`;

/** The path of a socket has at most 104 bytes, and ssh first adds 17 of its own. */
function makeDirectory(): string {
  const given = tmpdir();
  const fits = Buffer.byteLength(given) <= LIMITS.sshControlDirectoryBytesMax;
  return mkdtempSync(join(fits ? given : '/tmp', 'lockstep-'));
}
