/**
 * The keeper of a simulated node: its text in src/node, function by function. exchanges.ts is run against both: it may not flatter.
 */
import type { OpenFile } from './flock.ts';
import { conflicts, isBlockedBy, lostGroups, workOf } from './keeper-look.ts';
import { line, type Process, type Program, sleep, type Wait } from './process.ts';

/** Part of a program. */
export type Part<T = void> = Generator<Wait, T, string | undefined>;

export class KeeperModel {
  readonly self: Process;
  readonly shell: Process;
  readonly job: Process;
  /** WHO RUN SINCE LOCK REASON COMMAND VERSION KIND. */
  readonly words: readonly string[];
  readonly run: string;
  readonly lockPath: string;
  #token = '';
  #leaseMs = 0;
  #graceMs = 0;
  kind = '';
  #make = '';
  end = '';
  #made = false;
  #isGoing = false;
  #isLost = false;
  #locks: OpenFile[] = [];
  #hasAcquired = false;
  #cancelTimer = () => {};

  constructor(shell: Process, self: Process, job: Process, words: readonly string[]) {
    this.self = self;
    this.shell = shell;
    this.job = job;
    this.words = words;
    this.run = words[1] ?? '';
    this.lockPath = words[3] ?? '';
  }

  get node() {
    return this.self.node;
  }

  /** It has the lock, or the leash: one that still waits for its first line has nothing. */
  get isHolding(): boolean {
    return this.#hasAcquired && this.self.isAlive;
  }

  *program(): Program {
    this.self.name = 'lockstep-asking';
    this.self.handlers.TERM = () => {
      this.end = 'signal';
    };
    this.self.handlers.ALRM = () => {
      this.end = 'expired';
    };
    const start = yield line;
    if (start === undefined) return 0;
    const [token = '', lease, grace, kind = '', make = ''] = start.split(' ');
    this.#token = token;
    this.#leaseMs = Number(lease) * 1000;
    this.#graceMs = Number(grace) * 1000;
    this.kind = kind;
    this.#make = make;
    // A call that has joined a session is under that one's lock.
    const refusal = /^[nj]/.test(kind) ? [] : yield* this.takeLock();
    for (const text of refusal) this.say(text);
    if (refusal.length > 0) return 1;
    this.self.name = 'lockstep-keeper';
    this.#hasAcquired = true;
    this.say(`ACQUIRED ${this.self.identity}`);
    this.node.witness.acquired(this.node, this);
    this.startTimer();
    while (this.end === '') {
      const text = yield line;
      if (text !== undefined) yield* this.attend(text);
      else if (this.end === '') this.end = 'end of input';
    }
    yield* this.finish();
    return 0;
  }

  // --- the lock -------------------------------------------------------------------------------------------------

  /** What is said when it was not taken. */
  *takeLock(): Part<string[]> {
    if (!this.node.paths.has(this.lockPath)) {
      if (this.#make === 'none') return [`ERROR no such file or directory: ${this.lockPath}`];
      if (this.node.isDiskFull)
        return [`ERROR cannot make the lock file ${this.lockPath}: No space left on device`];
      this.node.paths.add(this.lockPath);
      this.#made = this.#make === 'directory';
    }
    const mode = this.kind === 's' ? 'shared' : 'exclusive';
    const refusal =
      (this.lockPath === '/' ? undefined : yield* this.#refusal('/', 'shared')) ??
      (yield* this.#refusal(this.lockPath, mode));
    if (refusal !== undefined) return refusal;
    this.self.name = 'lockstep-keeper';
    if (this.orphans().length > 0) yield sleep(1000);
    const orphans = this.orphans();
    if (orphans.length === 0) return [];
    const pids = orphans.map(({ pid }) => ` ${pid}`).join('');
    return [`DRAINING\t${pids}\t${orphans.at(-1)?.record?.run ?? ''}`];
  }

  *flock(path: string, mode: 'shared' | 'exclusive'): Part<boolean> {
    yield sleep(this.node.stepMs());
    const file = this.node.flocks.open(path, this.self.pid);
    this.#locks.push(file);
    return this.node.flocks.tryLock(file, mode);
  }

  /** Closes what holds the lock. */
  unlock(): void {
    this.node.flocks.closeAll(this.self.pid);
    this.node.witness.freed(this.node, this);
  }

  /** Undefined: it is locked. Who only asked has let go by the second look. */
  *#refusal(path: string, mode: 'shared' | 'exclusive'): Part<string[] | undefined> {
    if (yield* this.flock(path, mode)) return undefined;
    let told = this.#holders();
    if (told.length === 0) {
      yield sleep(100);
      if (yield* this.flock(path, mode)) return undefined;
      told = this.#holders();
    }
    return [...told.slice(0, 8), 'LOCKED'];
  }

  #holders(): string[] {
    return this.#others()
      .filter((keeper) => isBlockedBy(this, keeper))
      .sort((one, other) => ((one.words[2] ?? '') < (other.words[2] ?? '') ? -1 : 1))
      .map(({ self, words }) => `HOLDER\t${self.pid}\t${words.join('\t')}`);
  }

  #others(): KeeperModel[] {
    return this.node.keepers.filter(
      ({ self }) => self !== this.self && self.isAlive && /^lockstep-(keeper|ending)$/.test(self.name),
    );
  }

  /** Work on this path whose keeper is gone. */
  orphans(): Process[] {
    const others = this.#others().filter(({ kind }) => kind === 'n' || (kind === 's' && this.kind === 's'));
    const sideBySide = new Set(others.map(({ run }) => run));
    return this.node.processes().filter(({ name, record }) => {
      if (record === undefined || record.run === this.run || sideBySide.has(record.run)) return false;
      return (name === 'lockstep-hand' || name === 'lockstep-job') && conflicts(this, record.lockPath);
    });
  }

  // --- the lines ------------------------------------------------------------------------------------------------

  *attend(text: string): Part {
    const word = text.split(' ', 1)[0] ?? '';
    const rest = text.slice(word.length + 1);
    switch (word) {
      case 'PING':
        yield* this.beat();
        return this.say(`PONG ${rest}`);
      case 'BEAT':
        return yield* this.beat();
      case 'GO':
        this.#isGoing = true;
        if (!this.job.isAlive) return yield* this.jobDied();
        this.job.feed(this.#token);
        return this.job.feed(rest);
      case 'END':
      case 'LOST':
        this.#isLost ||= word === 'LOST';
        return yield* this.endWorkers({ sparesCommits: true });
      case 'RELEASE':
      case 'STOP':
      case 'BACK':
        this.end = text;
    }
  }

  *finish(): Part {
    this.self.name = 'lockstep-ending';
    if (!/^(RELEASE|STOP|BACK)/.test(this.end)) this.say(`ENDING ${this.end}`);
    this.#isLost ||= this.#isGoing && !this.job.isAlive;
    this.job.endInput();
    if (!/^(RELEASE|BACK)/.test(this.end)) yield* this.endWorkers();
    this.#cancelTimer();
    yield sleep(this.node.stepMs());
    if (this.#made && this.end !== 'RELEASE keep') this.node.paths.delete(this.lockPath);
    this.say(`RELEASED ${this.end}`);
  }

  say(text: string): void {
    this.self.outputs.stdout(`${this.#token} ${text}\n`);
  }

  // --- the leash ------------------------------------------------------------------------------------------------

  *beat(): Part {
    this.#cancelTimer();
    this.startTimer();
    if (this.#isGoing && !this.job.isAlive) yield* this.jobDied();
  }

  *jobDied(): Part {
    this.#isGoing = false;
    this.#isLost = true;
    this.say('DIED killed');
    this.self.outputs.stderr(`${this.#token} END\n`);
    yield* this.endWorkers({ sparesCommits: true });
  }

  startTimer(): void {
    this.node.witness.fed(this.node, this, this.#leaseMs);
    this.#cancelTimer = this.node.machine.after(this.#leaseMs, () => this.self.signal('ALRM'));
  }

  // --- the workers ----------------------------------------------------------------------------------------------

  *endWorkers({ sparesCommits = false } = {}): Part {
    const groups = new Set<number>();
    const { machine, witness } = this.node;
    const commitsAtMs = machine.monotonicMs() + 500;
    const killAtMs = machine.monotonicMs() + this.#graceMs;
    const giveUpAtMs = machine.monotonicMs() + 60_000;
    for (const group of lostGroups(this, this.#isLost)) groups.add(group);
    for (let isTold = false; ; ) {
      const { live, wrappers, ...seen } = workOf(this, groups);
      yield sleep(this.node.stepMs());
      const commits = sparesCommits ? [] : seen.commits;
      if (live.length + wrappers.length === 0 && commits.length === 0) return;
      const nowMs = machine.monotonicMs();
      if (nowMs >= commitsAtMs) for (const each of commits) each.signal('TERM');
      if (live.length > 0) {
        if (!isTold || nowMs >= killAtMs)
          for (const each of live) each.signal(nowMs >= killAtMs ? 'KILL' : 'TERM');
        isTold = true;
      } else for (const each of wrappers) each.signal(nowMs >= killAtMs + 3_000 ? 'KILL' : 'TERM');
      const isGivenUp = nowMs >= killAtMs + 4_000 && commits.length === 0;
      if (isGivenUp || nowMs >= giveUpAtMs) {
        if (live.length > 0) this.say(`REMAINS${live.map(({ pid }) => ` ${pid}`).join('')}`);
        return witness.gaveUp(this.node, live);
      }
      yield sleep(100);
    }
  }
}
