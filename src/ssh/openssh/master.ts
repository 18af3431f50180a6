/** The process of ssh that connects, logs in, and then holds the connection for all commands. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { LIMITS } from '../../core/limits/limits.ts';
import { cut } from '../cut.ts';
import { signalGroup } from '../signal-group.ts';
import type { Control } from './arguments.ts';
import type { Guard } from './guard.ts';
import { complaint, SshLog } from './log.ts';

export class Master {
  readonly child: ChildProcess;
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  readonly #control: Control;
  readonly #guard: Guard;
  #said = '';
  #isOver = false;
  #isMissing = false;

  /** `onEnd`: called when the last connection may be gone. */
  constructor(words: readonly string[], { control, guard, onEnd }: MasterParts) {
    this.#control = control;
    this.#guard = guard;
    // ssh leads a process group, so that Ctrl-C reaches only lockstep.
    this.child = spawn('ssh', words, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    if (this.child.pid !== undefined) guard.started(this.child.pid);
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-LIMITS.sshLogCharsMax);
    });
    this.ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.#isOver = true;
        onEnd();
        resolve(how);
      };
      this.child.once('error', (error: NodeJS.ErrnoException) => {
        this.#isMissing = error.code === 'ENOENT';
        end(`ssh cannot be started: ${error.message}`);
      });
      this.child.once('close', (code, signal) => {
        if (this.child.pid !== undefined) end(this.#lastWords(`ssh ended with ${signal ?? `exit ${code}`}`));
      });
    });
  }

  /**
   * Ends the process and all that it has started itself (a ProxyCommand, or the ssh of a jump host), which may outlive it
   * and hold its stderr; kills what ignores the signal. SIGHUP, which ssh sends its ProxyCommand, is for a master that is
   * not connected yet.
   */
  async end(signal: 'SIGHUP' | 'SIGTERM'): Promise<string> {
    if (signal === 'SIGTERM') this.child.kill(signal);
    else signalGroup(this.child.pid, signal);
    const timer = setTimeout(() => signalGroup(this.child.pid, 'SIGKILL'), LIMITS.closeGraceMs);
    const how = await this.ended;
    clearTimeout(timer);
    return how;
  }

  get isConnected(): boolean {
    return !this.#isOver && existsSync(this.#control.socket);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isMissing(): boolean {
    return this.#isMissing;
  }

  /** All its complaints, once it has ended. */
  get said(): string {
    return this.#said;
  }

  #lastWords(otherwise: string): string {
    const log = new SshLog(this.#control.log);
    log.close();
    this.#said = log.text() + this.#said;
    if (this.child.pid !== undefined) this.#guard.ended(this.child.pid);
    const last = complaint(this.#said);
    return last === '' ? otherwise : cut(last);
  }
}

export interface MasterParts {
  readonly control: Control;
  readonly guard: Guard;
  onEnd(): void;
}
