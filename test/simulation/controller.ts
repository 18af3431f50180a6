/** One run of the simulation: the story of src/run/story.ts, told by the program's own code. */

import { LockstepError, toLockstepError } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/core/events.ts';
import { unlessAborted } from '../../src/core/waiting.ts';
import type { LeaseTiming } from '../../src/lock/lease.ts';
import type { Held } from '../../src/lock/while-held.ts';
import { startCommand } from '../../src/node/worker/worker.ts';
import { beginRun, tellNodes } from '../../src/run/begin.ts';
import { runCommand } from '../../src/run/command/command.ts';
import { type HeldRun, outputSinks, type Site } from '../../src/run/held-run.ts';
import { type RunRequest, requestSchema, type Times } from '../../src/run/request/request.ts';
import type { RunIdentity } from '../../src/run/start/identity.ts';
import { leaseTiming, lockAll } from '../../src/run/start/lock-all.ts';
import { tellStory } from '../../src/run/story.ts';
import { runTools } from '../../src/run/sync/tools.ts';
import { testSurroundings } from '../surroundings.ts';
import type { Checkers } from './checkers.ts';
import { commandText } from './commands.ts';
import type { Machine } from './machine.ts';
import type { Believer } from './records.ts';
import type { RunPlan } from './scenario.ts';
import { type Route, SimTransport } from './transport.ts';

/** What a plan leaves open has the defaults of every request. */
function requestOf({ lockFile, lockWaitMs, lockShared, noLock, ...times }: RunPlan): RunRequest {
  const { heartbeatMs, sendTimeoutMs, leaseMs, killGraceMs, barrierTimeoutMs, rollbackGraceMs } = times;
  const request: unknown = {
    version: 1,
    lock: {
      kind: noLock ? 'none' : lockShared ? 'shared' : 'exclusive',
      waitMs: lockWaitMs,
      ...(lockFile === undefined ? {} : { path: lockFile, makes: 'file' }),
    },
    times: { heartbeatMs, sendTimeoutMs, leaseMs, killGraceMs, barrierTimeoutMs, rollbackGraceMs },
    work: { mode: 'command', text: 'true' },
  };
  return requestSchema.parse(request);
}

export interface ControllerSettings {
  readonly name: string;
  readonly plan: RunPlan;
  readonly machine: Machine;
  readonly routes: ReadonlyMap<string, Route>;
  readonly checkers: Checkers;
  /** Where a bug is planted in the controller's view of leases. */
  readonly planTiming?: (timing: LeaseTiming) => LeaseTiming;
  readonly takeLocks?: typeof lockAll;
}

export class Controller implements Believer {
  readonly name: string;
  readonly plan: RunPlan;
  readonly machine: Machine;
  readonly routes: ReadonlyMap<string, Route>;
  readonly transport: SimTransport;
  /** How the run ended; a killed controller's never does. */
  end: 'well' | LockstepError | 'killed' | undefined;
  readonly #settings: ControllerSettings;
  readonly #request: RunRequest;
  readonly #interrupt = new AbortController();
  /** While it is at work. */
  #held: Held | undefined;

  constructor(settings: ControllerSettings) {
    const { name, plan, machine, routes, checkers } = settings;
    this.name = name;
    this.plan = plan;
    this.machine = machine;
    this.routes = routes;
    this.#settings = settings;
    this.#request = requestOf(plan);
    this.transport = new SimTransport(machine, routes, (node, text) => {
      const order = orderIn(text);
      if (order !== undefined) checkers.workSent(name, node, order);
    });
  }

  async start(): Promise<void> {
    this.#tell('starts');
    try {
      await this.#run();
      this.end ??= 'well';
      this.#settings.checkers.reportedWell(this.name, commandsOf(this.plan));
    } catch (thrown) {
      this.end ??= toLockstepError(thrown);
    }
    this.#tell(
      this.end instanceof LockstepError ? `ends: ${this.end.code}: ${this.end.message}` : 'ends well',
    );
  }

  get isSureOfLocks(): boolean {
    return this.#held?.signal.aborted === false && !this.machine.isDead;
  }

  /** P and A; and once more P, since the first beat of a command is not asked for an answer. */
  get noticeMs(): number {
    const { heartbeatMs, sendTimeoutMs } = this.plan;
    return 2 * heartbeatMs + Math.min(heartbeatMs, sendTimeoutMs) + 1_000;
  }

  wasFrozenSince(atMs: number): boolean {
    return this.machine.wasFrozenSince(atMs);
  }

  interrupt(): void {
    if (this.end !== undefined || this.machine.isDead) return;
    this.#tell('is interrupted');
    this.#interrupt.abort(new LockstepError('interrupted', 'ended by SIGINT'));
  }

  /** `kill -9`: its machine lives, and closes its connections. */
  kill(): void {
    if (this.end !== undefined) return;
    this.#tell('is killed');
    this.end = 'killed';
    this.machine.isDead = true;
    for (const connection of this.transport.connections) connection.finish();
  }

  /** The story that ships, with this controller's own clock, randomness, transport and work. */
  async #run(): Promise<void> {
    const { takeLocks = lockAll, planTiming = (timing) => timing } = this.#settings;
    const clock = this.machine;
    const here = testSurroundings(this.transport, {
      clock,
      random: () => clock.world.random.fraction(),
      signal: this.#interrupt.signal,
      hear: (event) => this.#hear(event),
    });
    const run = beginRun(this.#request, here);
    const nodes = [...this.#settings.routes.values()].map(({ node }) => node.node);
    await tellNodes(run, nodes);
    const parts = {
      transport: this.transport,
      identity: this.#identity(),
      become: undefined,
      collection: undefined,
      input: undefined,
      takeLocks,
      timing: (times: Times) => planTiming(leaseTiming(times)),
      work: (work: HeldRun) => this.#workHeld(work),
    };
    await tellStory(run, parts).finally(() => this.#tell('closes its connections'));
  }

  async #workHeld(work: HeldRun): Promise<void> {
    this.#tell('holds the global lock');
    this.#held = work.held;
    await this.#work(work).finally(() => {
      this.#held = undefined;
    });
  }

  async #work(work: HeldRun): Promise<void> {
    const { work: plan } = this.plan;
    const textFor = ({ node }: Site) => {
      const traits =
        plan.kind === 'hold' ? undefined : plan.traits[work.sites.findIndex((site) => site.node === node)];
      if (traits === undefined) throw new Error('no traits for a node');
      return commandText(traits);
    };
    switch (plan.kind) {
      case 'command':
        if (plan.isByGo) await runCommand(work, { isFailFast: false }, (site) => ({ text: textFor(site) }));
        for (let step = 0; step < plan.steps; step++) await this.#step(work, textFor);
        break;
      case 'tools':
        await runTools(work, { tool: { kind: 'command', text: '' }, isRelocating: false }, (site) => ({
          text: textFor(site),
        }));
        break;
      case 'hold':
        await unlessAborted(
          work.held.signal,
          new Promise<void>((resolve) => void this.machine.after(plan.forMs, resolve)),
        );
    }
    const isAllWell = [...work.outcomes.values()].every(({ kind }) => kind === 'ok');
    if (!isAllWell) throw new LockstepError('command-failed', 'a command failed on some node');
  }

  /** As an upload goes: a worker on every node, and no node goes on before all have ended. */
  async #step(work: HeldRun, textFor: (site: Site) => string): Promise<void> {
    const { held, sites, output } = work;
    held.check();
    const runOn = async (site: Site) => {
      const sinks = outputSinks(output, site.node);
      const channel = await startCommand(held, site, { job: 'command', command: textFor(site) }, sinks);
      const result = await channel.result;
      if (result.kind === 'code' && result.code === 0) return;
      throw new LockstepError('command-failed', `a step ended with ${JSON.stringify(result)}`, {
        node: site.node,
      });
    };
    await unlessAborted(held.signal, Promise.all(sites.map(runOn)));
  }

  #identity(): RunIdentity {
    const { world } = this.machine;
    const since = new Date(Date.UTC(2026, 0, 1) + world.nowMs).toISOString();
    return { run: this.name, who: `ann@${this.name}`, since, version: '0', token: world.random.hex(32) };
  }

  #hear(event: RunEvent): void {
    if (event.type === 'node-failed') this.#tell(`${event.phase} failed: ${event.error.message}`);
    if (event.type === 'log' && event.level !== 'trace') this.#tell(event.message);
  }

  #tell(what: string): void {
    this.machine.world.tell(this.name, what);
  }
}

/** How often each node's command is run when all goes well. */
function commandsOf({ work }: RunPlan): number {
  if (work.kind === 'hold') return 0;
  return work.kind === 'tools' ? 1 : (work.isByGo ? 1 : 0) + work.steps;
}

/** What begins something on a node; other things that are sent do not. */
function orderIn(text: string): string | undefined {
  if (text.startsWith('GO ')) return 'GO';
  if (text.includes(" 'lockstep-hand' ")) return 'a worker';
  if (/^ORGALORG:\d+ START$/m.test(text)) return 'START';
  return /^ORGALORG:\d+ SYNC /m.test(text) ? 'SYNC' : undefined;
}
