/**
 * Runs a command on every node. The schedule decides when each starts and whether it ends before its own end, and this
 * carries that out. The modes differ only in how they start a node's command.
 */
import type { LockstepError } from '../../core/errors.ts';
import { inTurn } from '../../core/in-turn.ts';
import { LIMITS } from '../../core/limits/limits.ts';
import type { Node } from '../../core/node.ts';
import { reasonOf } from '../../schedule/reasons.ts';
import type { RolloutRules } from '../../schedule/rollout-rules.ts';
import { createSchedule, step, triesAgain } from '../../schedule/schedule.ts';
import type { ScheduleRules } from '../../schedule/schedule-rules.ts';
import type { ScheduleEffect, ScheduleEvent, ScheduleState } from '../../schedule/schedule-state.ts';
import type { Outcomes } from '../outcomes.ts';
import type { WorkOf } from '../request/request.ts';
import { RolloutControl } from '../rollout/control.ts';
import { RolloutWaits, type Tried, type WaitSettings } from '../rollout/rollout-waits.ts';
import { rolloutFailure, tellEffect } from '../rollout/tell-rollout.ts';
import { scheduledAs } from './command-end.ts';
import { type CommandSite, CommandsAtWork } from './commands-at-work.ts';
import { tellEnd, tellTry } from './tell-end.ts';

/** What may end a command before its own end. */
export type CommandLimits = Pick<WorkOf<'command'>, 'timeoutMs' | 'isFailFast'>;

export interface CommandRunOptions extends WaitSettings {
  readonly limits: CommandLimits;
  /** Between TERM and KILL on the nodes. */
  readonly killGraceMs: number;
  /** How long, beyond that, to wait for a command that had to end and has not. */
  readonly endedMs?: number;
  readonly outcomes: Outcomes;
  /** Whether the node, if it is lost, ends its command by itself, within `leashMs`. Without it no node does. */
  readonly leash?: { readonly leashMs: number; isOn(node: Node): boolean } | undefined;
  /** Records and tells how a node's command ended. */
  readonly tellEnd?: typeof tellEnd;
  /** In which order they start; left out: all at once. */
  readonly rollout?: RolloutRules | undefined;
  /** Ids of nodes of the rollout that do not start here, or kept places before. */
  readonly others?: OtherNodes;
}

/**
 * As in the schedule's rules. `wereOut`: those of `down` that were out of reach. `left`: nodes that are not ok by what an
 * earlier run says, and that it has not left out.
 */
export interface OtherNodes extends Required<Pick<ScheduleRules, 'absent' | 'down' | 'again' | 'unbegun'>> {
  readonly wereOut: readonly string[];
  readonly left: readonly string[];
}

const NO_OTHERS: OtherNodes = { absent: [], down: [], again: [], unbegun: [], wereOut: [], left: [] };

export class CommandRun {
  /** Resolves when the command has ended on every node, and the run has told how. */
  readonly finished: Promise<void>;
  /** What people can do while it runs. */
  readonly control: RolloutControl;
  readonly #options: CommandRunOptions;
  readonly #sites: ReadonlyMap<string, CommandSite>;
  readonly #atWork: CommandsAtWork;
  readonly #told: Promise<void>[] = [];
  readonly #waits: RolloutWaits;
  readonly #schedule: ScheduleState;
  readonly #lost = new Set<string>();
  #finish: () => void = () => {};
  #fail: (reason: unknown) => void = () => {};
  #isClosed = false;

  constructor(sites: readonly CommandSite[], options: CommandRunOptions) {
    const { limits, killGraceMs, endedMs = LIMITS.endedCommandMs, rollout, others = NO_OTHERS } = options;
    const { absent, down, again, unbegun } = others;
    this.#options = options;
    this.#atWork = new CommandsAtWork(options.clock, (event) => this.#take(event));
    this.#waits = new RolloutWaits(options);
    this.#sites = new Map(sites.map((site) => [site.node.id, site]));
    this.#schedule = createSchedule({
      ...{ absent, down, again, unbegun },
      nodes: [...this.#sites.keys(), ...absent, ...down, ...unbegun],
      rollout,
      ...limits,
      endedMs: killGraceMs + endedMs,
      leftMs: LIMITS.closeGraceMs,
    });
    this.control = new RolloutControl({
      schedule: this.#schedule,
      waits: this.#waits,
      tell: options.tell,
      nodeOf: (id) => this.#sites.get(id)?.node,
      take: (event) => this.#take(event),
    });
    this.finished = new Promise((resolve, reject) => {
      this.#finish = () => resolve(Promise.all(this.#told).then(() => {}));
      this.#fail = reject;
    });
    this.finished.catch(() => {});
    this.#take({ type: 'begin' });
  }

  /** Ends the commands on these nodes, before their own end and for no failure of theirs. */
  end(nodes: readonly Node[]): void {
    for (const { id } of nodes) this.#take({ type: 'unwanted', node: id, why: { kind: 'protocol' } });
  }

  /** The node is lost. If its turn has not come it is down from now on, and not only then. */
  lose({ id }: Node, reason: string): void {
    this.#lost.add(id);
    if (this.#sites.has(id)) this.#take({ type: 'lost', node: id, outcome: { kind: 'lost', reason } });
  }

  /** Whether its turn has not come. */
  isWaiting({ id }: Node): boolean {
    return reasonOf(this.#schedule, id) !== undefined;
  }

  /** Why some nodes never began, once all is finished. */
  get rolloutFailure(): LockstepError | undefined {
    const { rollout, firstFailed, stop, how } = this.#schedule;
    const { others = NO_OTHERS, outcomes } = this.#options;
    if (how === undefined) return undefined;
    const own = [...this.#sites.values()].flatMap(({ node }) => outcomes.get(node) ?? []);
    const { absent, down, wereOut, left } = others;
    const isFirstOut = absent.includes(firstFailed) || wereOut.includes(firstFailed);
    return rolloutFailure(how, {
      rollout,
      stop,
      isFirstOut,
      hasFailed: firstFailed !== '',
      outcomes: own,
      down,
      left,
    });
  }

  /** Starts and ends nothing more: the run is over. */
  close(): void {
    this.#isClosed = true;
    this.#waits.cancel();
    this.#atWork.cancelTimers();
    const { outcomes } = this.#options;
    outcomes.endTries();
    for (const { node } of this.#sites.values()) {
      if (this.isWaiting(node) && (outcomes.get(node)?.kind ?? 'ok') === 'ok')
        outcomes.settle(node, { kind: 'skipped', reason: 'since the run was ended' });
    }
  }

  /** Effects may cause events; these wait until the earlier effects are carried out. */
  readonly #take = inTurn((event: ScheduleEvent) => {
    const effects = step(this.#schedule, event);
    if (!this.#isClosed) for (const effect of effects) this.#carryOut(effect);
  });

  #carryOut(effect: ScheduleEffect): void {
    switch (effect.type) {
      case 'start':
        this.#start(effect.node);
        break;
      case 'end':
        this.#atWork.end(effect.node, effect.why);
        break;
      case 'leash':
        this.#awaitLeash(effect.node);
        break;
      case 'give-up':
        this.#atWork.giveUp(effect.node);
        break;
      case 'set-timer':
        this.#atWork.setTimer(effect.node, effect.afterMs);
        break;
      case 'finish':
        this.#options.outcomes.endTries();
        this.#finish();
        break;
      case 'retry':
        this.#waits.beforeRetry(effect, this.#triedOn(effect.node), () =>
          this.#take({ type: 'time', node: effect.node }),
        );
        break;
      case 'pause': {
        const goOn = () => this.#take({ type: 'pause-over', thread: effect.thread });
        const halt = () => this.#take({ type: 'halted' });
        this.#waits.beforeSlot(effect, { goOn, halt, fail: this.#fail });
        break;
      }
      case 'tell':
      case 'wait':
      case 'skip':
      case 'slot-done':
      case 'halt':
        tellEffect(effect, { ...this.#options, nodeOf: (id) => this.#sites.get(id)?.node });
        break;
      default:
        effect satisfies never;
    }
  }

  #awaitLeash(id: string): void {
    const { leash } = this.#options;
    const node = this.#sites.get(id)?.node;
    if (leash === undefined || node === undefined) return;
    this.#waits.forLeash(node, leash.leashMs, () => this.#take({ type: 'leash-over', node: id }));
  }

  #triedOn(id: string): Tried | undefined {
    const node = this.#sites.get(id)?.node;
    const outcome = node && this.#options.outcomes.get(node);
    return node === undefined || outcome === undefined ? undefined : { node, outcome };
  }

  #start(id: string): void {
    const site = this.#sites.get(id);
    if (site === undefined) return;
    this.#waits.endOf(id);
    this.#told.push(this.#serve(site));
    this.#told.at(-1)?.catch(this.#fail);
  }

  /** From the start of a node's command until the run has told its end. */
  async #serve(site: CommandSite): Promise<void> {
    const { node } = site;
    const { tell, rollout, outcomes, tellEnd: tellThat = tellEnd } = this.#options;
    outcomes.reopen(node);
    if (rollout !== undefined) tell({ type: 'node-begun', phase: 'exec', node });
    const { outcome, isCut, close } = await this.#atWork.serve(site);
    // A commit that was cut short with its node is refused, and may still be under way there.
    const isLost = outcome.kind === 'refused' && this.#lost.has(node.id);
    const scheduled = isLost
      ? { kind: 'lost' as const, reason: outcome.error.message }
      : scheduledAs(outcome);
    const hasLeash = isCut && this.#options.leash?.isOn(node) === true;
    if (triesAgain(this.#schedule, node.id, scheduled)) tellTry(this.#options, node, outcome);
    else tellThat(this.#options, node, outcome);
    this.#take({ type: 'ended', node: node.id, outcome: scheduled, hasLeash });
    close();
  }
}
