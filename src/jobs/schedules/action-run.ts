/** One action on one site, from its start until nothing of it is left. */
import { inspect } from 'node:util';
import type { Clock } from '../../core/clock.ts';
import { LockstepError } from '../../core/errors.ts';
import { JOBS_LIMITS } from '../../core/limits/jobs.ts';
import { asError } from '../as-error.ts';
import type { Action, ActionContext, ActionName, ActionOutcome, Ids, JobEvent } from '../job-types.ts';
import { refusal } from '../names.ts';
import type { Unheard } from '../shells/heeded.ts';
import { SiteShell } from '../shells/shell.ts';
import { type Work, Works } from '../shells/works.ts';
import { copyOf } from '../sites/copy.ts';
import { untold } from '../tell/guarded-tell.ts';
import { writeLine } from '../tell/sinks.ts';
import { issuerOf, lineOf } from '../tell/tell-text.ts';
import type { Ground, Site } from '../types.ts';

/** What all actions of a schedule share. */
export interface ActionWorld {
  readonly shared: object;
  readonly ids: Omit<Ids, 'action'>;
  readonly count: number;
  readonly timeoutMs: number | undefined;
  readonly check: boolean;
  readonly clock: Clock;
  readonly tell: (event: JobEvent) => void | Promise<void>;
  /** Rejects when the schedule must end. */
  readonly aborted: Promise<never>;
  /** Why it must, once it must. */
  ended(): LockstepError | undefined;
  /** Work that may live as long as the schedule. */
  readonly detached: Works;
}

export interface ActionFacts {
  readonly of: ActionName;
  readonly index: number;
  readonly action: Action;
  readonly site: Site;
  readonly ground: Ground;
  step(name: string, sites: number | undefined): Promise<void>;
}

/** Never rejects. */
export async function runAction(facts: ActionFacts, world: ActionWorld): Promise<ActionOutcome> {
  const run = new ActionRun(facts, world);
  return run.outcome;
}

class ActionRun {
  readonly outcome: Promise<ActionOutcome>;
  readonly #facts: ActionFacts;
  readonly #world: ActionWorld;
  readonly #errors: Error[] = [];
  readonly #unheard: Unheard[] = [];
  readonly #works = new Works();
  readonly #ender = new AbortController();
  #isOver = false;

  constructor(facts: ActionFacts, world: ActionWorld) {
    this.#facts = facts;
    this.#world = world;
    this.#tell({ type: 'action-begun', of: facts.of });
    this.outcome = this.#run();
  }

  async #run(): Promise<ActionOutcome> {
    const { of, action } = this.#facts;
    let isLate = false;
    const context = this.#context();
    // In a turn of its own: what it does at once must not come before the decisions that were made with its start.
    const done = Promise.resolve().then(() => {
      const why = this.#world.ended();
      if (why !== undefined) throw why;
      return action(context);
    });
    const late = this.#lateness();
    try {
      await Promise.race([done, late.error, this.#world.aborted]);
    } catch (thrown) {
      // An action may throw undefined, too.
      isLate = thrown !== undefined && thrown === late.reason();
      this.#errors.push(asError(thrown));
    } finally {
      late.cancel();
    }
    // If it goes on all the same, nobody hears of it.
    done.then(nothing, nothing);
    this.#isOver = true;
    const why = new LockstepError('interrupted', `was ended with its action, ${of.job} on ${of.site}`);
    this.#ender.abort(why);
    this.#errors.push(...(await this.#works.endAll(why)), ...this.#unheardErrors());
    const failed = isLate ? 'timed-out' : 'failed';
    const outcome: ActionOutcome = {
      id: of.id,
      fragment: of.fragment,
      outcome: this.#errors.length === 0 ? 'ok' : failed,
      errors: [...this.#errors],
    };
    this.#tell({ type: 'action-ended', of, outcome });
    return outcome;
  }

  #lateness(): { readonly error: Promise<never>; reason(): unknown; cancel(): void } {
    const { timeoutMs, clock } = this.#world;
    let reason: LockstepError | undefined;
    let cancel = () => {};
    const error = new Promise<never>((_resolve, reject) => {
      if (timeoutMs === undefined) return;
      cancel = clock.after(timeoutMs, () => {
        reason = new LockstepError('command-timed-out', `the action took longer than ${timeoutMs / 1000} s`);
        reject(reason);
      });
    });
    return { error, reason: () => reason, cancel: () => cancel() };
  }

  #context(): ActionContext {
    const { of, index, site, ground, step } = this.#facts;
    const { shared, ids, count, clock, check, tell, detached } = this.#world;
    const guard = (what: string) => this.#guard(what);
    const unheard = (failure: Unheard) => void this.#unheard.push(failure);
    const begin = (work: Work, isDetached: boolean) => (isDetached ? detached : this.#works).begin(work);
    return {
      site: copyOf(site),
      job: of.job,
      fragment: of.fragment,
      fragments: of.fragments,
      index,
      count,
      ids: { ...ids, action: of.id },
      issuer: issuerOf(of),
      shell: new SiteShell({ site, ground, of, clock, check, tell, guard, begin, unheard }),
      shared: shared as Record<string, unknown>,
      signal: this.#ender.signal,
      report: (message) => {
        guard('report()');
        this.#tell({ type: 'report', of, message: String(message) });
      },
      debug: (message, ...values) => {
        guard('debug()');
        const shown = values.map((value) => inspect(value).slice(0, JOBS_LIMITS.debugCharsMax));
        this.#tell({ type: 'debug', of, message: [message, ...shown].join(' ') });
      },
      fail: (error) => {
        guard('fail()');
        if (error !== undefined && error !== null) this.#errors.push(asError(error));
      },
      step: (name, sites) => {
        guard('step()');
        const reached = step(name, sites);
        reached.catch(nothing);
        return reached;
      },
    };
  }

  /** What was ended on purpose is no failure. */
  #unheardErrors(): Error[] {
    const errors = this.#unheard.filter(({ isHeard }) => !isHeard()).map(({ error }) => asError(error));
    return errors.filter((error) => !(error instanceof LockstepError && error.code === 'interrupted'));
  }

  #guard(what: string): void {
    if (!this.#isOver) return;
    const { job, site } = this.#facts.of;
    throw refusal(
      `${what} was called when the action was over: ${job} on ${site}`,
      'await all that an action does before it returns; spawn() with detached goes on behind it',
    );
  }

  #tell(event: JobEvent): void {
    writeLine(this.#facts.site.log, lineOf(event), (thrown) => {
      if (!this.#isOver) this.#errors.push(untold('the log of the site', thrown));
    });
    void this.#world.tell(event);
  }
}

const nothing = () => {};
