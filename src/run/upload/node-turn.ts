/**
 * The turn of one node in a rollout with files. The node puts them in place, is checked, and keeps them or goes back; then its tool runs.
 * For the schedule all of that is one command, which it starts and ends.
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
  /** The stage in which its files wait; undefined for a node that lacks none. */
  readonly staged: Staged | undefined;
  /** Stages the files once more, for another try: a node that went back has removed its stage. */
  stageAgain(work: HeldRun): Promise<readonly Staged[]>;
  /** The node keeps what it has put in place, whatever its check says. */
  readonly isAlone: boolean;
  /** `check`: the command decides whether the files are kept. `tool`: it runs after that. Undefined: there is no command. */
  readonly command: 'check' | 'tool' | undefined;
}

/** One try of the turn. */
interface Running {
  /** The schedule has ended it. */
  readonly isEnded: boolean;
  /** Runs the node's command. */
  run(): Promise<WorkResult>;
}

export class NodeTurn {
  readonly #work: HeldRun;
  readonly #site: Site;
  readonly #settings: TurnSettings;
  /** `gone`: the node went back, and its stage is removed. `done`: it has the new files, or lacked none. */
  #files: 'staged' | 'gone' | 'done';
  #staged: readonly Staged[];
  #refusal: Extract<Outcome, { readonly kind: 'refused' }> | undefined;

  constructor(work: HeldRun, site: Site, settings: TurnSettings) {
    const tellParts: Tell = (event) => {
      // The outcome of the commit is not that of the node: its check and its tool follow.
      if (event.type !== 'outcome') work.tell(event);
    };
    this.#work = { ...work, sites: [site], outcomes: new Outcomes(tellParts) };
    this.#site = site;
    this.#settings = settings;
    this.#files = settings.staged === undefined ? 'done' : 'staged';
    this.#staged = settings.staged === undefined ? [] : [settings.staged];
  }

  /** The turn as the schedule starts it. `command`: starts the node's command alone. */
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
      // This ends the command, and no commit: a commit comes to its end, and is taken back then.
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
    // Nobody knows which files the node has, so nobody knows what another try would do to them.
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
      // These throw where the whole run is over, and not only this turn.
      held.signal.throwIfAborted();
      held.check();
      // The schedule has ended the turn while the node staged: that is why it failed.
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
    // The worker has not said which files the node has, so take it back now. A node that decides alone may have made its commit final;
    // its keeper finds out when the run ends.
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
