/**
 * The turn of one node in a rollout with files: it puts them in place, is checked, and keeps them or goes back, alone; then its tool runs.
 * All of that is its work, which the schedule starts and ends as it does a command.
 */
import { LockstepError, toLockstepError } from '../../core/errors.ts';
import type { Tell } from '../../core/events.ts';
import type { Outcome, WorkResult } from '../../core/outcome.ts';
import type { CommandSite, StartedCommand } from '../command/commands-at-work.ts';
import type { HeldRun, Site } from '../held-run.ts';
import { Outcomes } from '../outcomes.ts';
import { takeBackOn } from '../report/unfinished.ts';
import { ENDED, isOk, OK } from '../rollout/hooks.ts';
import { beginCommits, commitTogether } from './commit.ts';
import type { NodeCommit, Staged } from './node-commit.ts';

export interface TurnSettings {
  /** Where its files wait; undefined for a node that lacks none. */
  readonly staged: Staged | undefined;
  /** Stages them once more: a node that was taken back has nothing left of them. */
  stageAgain(work: HeldRun): Promise<readonly Staged[]>;
  /** It keeps what it has put in place, whatever its check says. */
  readonly isAlone: boolean;
  /** What its command is for: it decides whether the files are kept, or runs when they are; or there is none. */
  readonly command: 'check' | 'tool' | undefined;
}

interface Running {
  readonly isEnded: boolean;
  /** Its command, in the midst of all. */
  run(): Promise<WorkResult>;
}

export class NodeTurn {
  readonly #work: HeldRun;
  readonly #site: Site;
  readonly #settings: TurnSettings;
  /** `gone`: it was taken back, and its stage with it. `done`: it lacks nothing any more. */
  #files: 'staged' | 'gone' | 'done';
  #staged: readonly Staged[];
  #refusal: Extract<Outcome, { readonly kind: 'refused' }> | undefined;

  constructor(work: HeldRun, site: Site, settings: TurnSettings) {
    const tellParts: Tell = (event) => {
      // How it has ended shows when all has.
      if (event.type !== 'outcome') work.tell(event);
    };
    this.#work = { ...work, sites: [site], outcomes: new Outcomes(tellParts) };
    this.#site = site;
    this.#settings = settings;
    this.#files = settings.staged === undefined ? 'done' : 'staged';
    this.#staged = settings.staged === undefined ? [] : [settings.staged];
  }

  /** `command`: how its command alone is started. */
  around(command: CommandSite): CommandSite {
    const isIdle = this.#files === 'done' && this.#settings.command === undefined;
    return { node: this.#site.node, isIdle, start: () => this.#start(command) };
  }

  #start(command: CommandSite): StartedCommand {
    let started: StartedCommand | undefined;
    const running = {
      isEnded: false,
      async run() {
        if (running.isEnded) return ENDED;
        started = command.start();
        return started.result;
      },
    };
    return {
      result: this.#serve(running),
      // A commit is spared: it comes to its end, and is taken back then.
      end: () => {
        running.isEnded = true;
        this.#site.keeper.endWorkers();
      },
      close: () => started?.close?.(),
    };
  }

  async #serve(running: Running): Promise<WorkResult> {
    const { held, files } = this.#work;
    const { node } = this.#site;
    held.check();
    // Nobody can say what another try would do there.
    if (this.#refusal !== undefined && files.stateOf(node) === 'unknown') return this.#refusal;
    const result = await this.#putInPlace(running);
    if (!isOk(result) || this.#settings.command !== 'tool') return result;
    return running.run();
  }

  async #putInPlace(running: Running): Promise<WorkResult> {
    const { held, files } = this.#work;
    const { isAlone, command } = this.#settings;
    this.#work.outcomes.reopen(this.#site.node);
    let checked: WorkResult = OK;
    let commits: readonly NodeCommit[] = [];
    const check = async () => {
      checked = running.isEnded ? ENDED : command === 'check' ? await running.run() : OK;
      return isOk(checked) ? [] : [new LockstepError('check-failed', 'it has not passed')];
    };
    try {
      const staged = await this.#stage();
      if (running.isEnded) return ENDED;
      commits = beginCommits(this.#work, staged, isAlone);
      for (const { node } of commits) this.#work.tell({ type: 'node-begun', phase: 'commit', node });
      await commitTogether(this.#work, commits, { isAlone, check });
    } catch (thrown) {
      // The run is over, and not only this node's turn.
      held.signal.throwIfAborted();
      held.check();
      // What was ended while it staged has failed for that alone.
      if (running.isEnded && commits.length === 0) return ENDED;
      return this.#failed(commits, { checked, thrown });
    }
    this.#files = 'done';
    files.set(this.#site.node, 'new');
    return OK;
  }

  async #stage(): Promise<readonly Staged[]> {
    if (this.#files === 'done') return [];
    if (this.#files === 'gone') this.#staged = await this.#settings.stageAgain(this.#work);
    this.#files = 'staged';
    return this.#staged;
  }

  async #failed(
    commits: readonly NodeCommit[],
    { checked, thrown }: { checked: WorkResult; thrown: unknown },
  ): Promise<WorkResult> {
    const { files, outcomes, identity } = this.#work;
    const { node } = this.#site;
    // One that asks nobody may have made it final: its keeper finds out when the run ends.
    const isCut = !this.#settings.isAlone && commits.some((commit) => commit.isCut);
    if (isCut && (await takeBackOn(this.#work, this.#site, identity.run).catch(() => false)))
      files.set(node, 'old');
    if (this.#files === 'staged' && files.stateOf(node) === 'old') this.#files = 'gone';
    if (files.stateOf(node) === 'new') this.#files = 'done';
    const known = outcomes.get(node);
    if (known?.kind !== 'refused' && !isOk(checked)) return checked;
    const error = known?.kind === 'refused' ? known.error : toLockstepError(thrown).of(node, undefined);
    this.#refusal = { kind: 'refused', error };
    return this.#refusal;
  }
}
