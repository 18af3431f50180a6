/** The process group of a command of this machine: TERM, then KILL, and whether anything of it is left. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../../core/clock.ts';
import { JOBS_LIMITS } from '../../core/limits/jobs.ts';
import { parseProcessStat } from '../../core/process-stat.ts';
import { codeOf } from '../../core/system-error.ts';
import { atMost } from '../../core/waiting.ts';
import { startOf } from '../../run/hold/local-processes.ts';

interface GroupSettings {
  readonly clock: Clock;
  readonly killGraceMs: number;
  /** The user who owns the processes, if it is another one. */
  readonly become: string | undefined;
  /** Resolves when nothing has the command's output open any more. */
  readonly heard: Promise<unknown>;
}

export class LocalGroup {
  /** Resolves when the group has not ended in all its time, or something outside it still has the output. */
  readonly givenUp: Promise<void>;
  readonly #leader: number | undefined;
  readonly #started: string | undefined;
  readonly #settings: GroupSettings;
  #giveUp: () => void = () => {};
  #ending: Promise<void> | undefined;

  constructor(leader: number | undefined, settings: GroupSettings) {
    this.#leader = leader;
    this.#started = leader === undefined ? undefined : startOf(leader);
    this.#settings = settings;
    this.givenUp = new Promise((resolve) => {
      this.#giveUp = resolve;
    });
  }

  end(): void {
    this.#ending ??= this.#end();
  }

  /** After an order to end: resolves when nothing of it is left, or it was given up. Otherwise at once. */
  async gone(): Promise<void> {
    await this.#ending;
  }

  /** Some process of it does more than wait to be reaped. */
  isThere(): boolean {
    if (this.#leader === undefined || this.#isOfAnother()) return false;
    try {
      process.kill(-this.#leader, 0);
    } catch (error) {
      if (codeOf(error) !== 'EPERM') return false;
    }
    return hasLiving(this.#leader);
  }

  async #end(): Promise<void> {
    const { clock, killGraceMs, heard } = this.#settings;
    const killAtMs = clock.monotonicMs() + killGraceMs;
    // A stopped process hears nothing else.
    this.#signal('TERM');
    this.#signal('CONT');
    await this.#goneBy(killAtMs);
    if (this.isThere()) {
      this.#signal('KILL');
      await this.#goneBy(clock.monotonicMs() + JOBS_LIMITS.endedMs);
    }
    const isHeard = await atMost(heard, { clock, timeoutMs: JOBS_LIMITS.leftMs });
    if (!isHeard || this.isThere()) this.#giveUp();
  }

  async #goneBy(atMs: number): Promise<void> {
    const { clock } = this.#settings;
    let waitMs = FIRST_LOOK_MS;
    while (this.isThere() && clock.monotonicMs() < atMs) {
      const left = Math.max(1, atMs - clock.monotonicMs());
      await new Promise<void>((resolve) => void clock.after(Math.min(waitMs, left), resolve));
      waitMs = Math.min(2 * waitMs, LOOK_MS_MAX);
    }
  }

  /** The kernel gives the number of a leader anew when nothing of its group is left. */
  #isOfAnother(): boolean {
    const now = this.#leader === undefined ? undefined : startOf(this.#leader);
    return now !== undefined && this.#started !== undefined && now !== this.#started;
  }

  #signal(signal: 'TERM' | 'CONT' | 'KILL'): void {
    if (this.#leader === undefined || this.#isOfAnother()) return;
    try {
      process.kill(-this.#leader, `SIG${signal}`);
    } catch (error) {
      const { become } = this.#settings;
      if (codeOf(error) !== 'EPERM' || become === undefined) return;
      const words = ['-n', '-u', become, '--', 'kill', '-s', signal, '--', `-${this.#leader}`];
      spawn('sudo', words, { stdio: 'ignore' }).on('error', () => {});
    }
  }
}

const FIRST_LOOK_MS = 2;
const LOOK_MS_MAX = 64;

/** Whether any process of the group does more than wait to be reaped; without /proc: yes. */
function hasLiving(group: number): boolean {
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return true;
  }
  return names.length === 0 || names.some((name) => isLiving(name, group));
}

function isLiving(pid: string, group: number): boolean {
  try {
    const stat = parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return stat.group === group && !stat.isDead;
  } catch {
    return false;
  }
}
