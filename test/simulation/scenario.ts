/** What a seed asks for: how many machines, who runs what on which of them, and how patiently. */
import { LIMITS } from '../../src/core/limits/limits.ts';
import type { CommandTraits } from './commands.ts';
import type { Random } from './random.ts';

export interface RunPlan {
  /** Positions of its nodes. */
  readonly nodes: readonly number[];
  readonly startAtMs: number;
  readonly heartbeatMs: number;
  readonly sendTimeoutMs: number;
  readonly leaseMs: number;
  readonly killGraceMs: number;
  readonly barrierTimeoutMs: number;
  readonly rollbackGraceMs: number;
  readonly noLock: boolean;
  readonly lockShared: boolean;
  /** undefined: `/`. */
  readonly lockFile: string | undefined;
  readonly lockWaitMs: number;
  readonly work: WorkPlan;
}

export type WorkPlan =
  /** One command on every node, by GO; then the same in steps, each node's command in a channel of its own. */
  | {
      readonly kind: 'command';
      readonly isByGo: boolean;
      readonly steps: number;
      readonly traits: readonly CommandTraits[];
    }
  /** Sync tools that wait for each other. */
  | { readonly kind: 'tools'; readonly traits: readonly CommandTraits[] }
  /** The lock alone, until it is interrupted. */
  | { readonly kind: 'hold'; readonly forMs: number };

export interface Scenario {
  readonly nodeCount: number;
  readonly runs: readonly RunPlan[];
  /** No fault comes after this. */
  readonly faultsEndMs: number;
  readonly faultCount: number;
}

export function planScenario(random: Random): Scenario {
  const nodeCount = random.whole(1, 5);
  const runCount = random.whole(1, 4);
  const areAllOnAll = random.chance(0.4);
  const mayWait = random.chance(0.4);
  const hasReaders = random.chance(0.25);
  const runs = Array.from({ length: runCount }, () =>
    planRun(random, { nodeCount, isOnAll: areAllOnAll, mayWait, hasReaders }),
  );
  const isCalm = random.chance(0.15);
  return { nodeCount, runs, faultsEndMs: 60_000, faultCount: isCalm ? 0 : random.whole(1, 8) };
}

interface Mood {
  readonly nodeCount: number;
  readonly isOnAll: boolean;
  readonly mayWait: boolean;
  readonly hasReaders: boolean;
}

function planRun(random: Random, { nodeCount, isOnAll, mayWait, hasReaders }: Mood): RunPlan {
  const positions = Array.from({ length: nodeCount }, (_, position) => position);
  const nodes = isOnAll ? positions : random.some(positions, 1);
  const heartbeatMs = random.pick([1_000, 2_000, 5_000, LIMITS.heartbeatMs]);
  const sendTimeoutMs = random.chance(0.8) ? LIMITS.sendTimeoutMs : random.whole(500, heartbeatMs);
  const leaseMsMin = heartbeatMs + Math.min(heartbeatMs, sendTimeoutMs) + LIMITS.leaseSlackMs;
  return {
    nodes,
    startAtMs: random.chance(0.5) ? random.between(0, 100) : random.between(0, 40_000),
    heartbeatMs,
    sendTimeoutMs,
    leaseMs: random.chance(0.5) ? leaseMsMin : Math.max(LIMITS.leaseMs, 3 * heartbeatMs),
    killGraceMs: random.pick([0, 1_000, LIMITS.killGraceMs]),
    barrierTimeoutMs: random.pick([5_000, 30_000]),
    rollbackGraceMs: random.pick([0, 2_000, 20_000]),
    noLock: random.chance(0.05),
    lockShared: hasReaders && random.chance(0.7),
    lockFile: random.pick([undefined, undefined, undefined, '/run/one.lock', '/run/other.lock']),
    lockWaitMs: mayWait ? random.pick([0, 5_000, LIMITS.lockWaitMs, 120_000]) : 0,
    work: planWork(random, nodes.length),
  };
}

function planWork(random: Random, count: number): WorkPlan {
  const each = (plan: () => CommandTraits) => Array.from({ length: count }, plan);
  const kind = random.pick(['command', 'command', 'tools', 'tools', 'hold'] as const);
  switch (kind) {
    case 'command': {
      const isByGo = random.chance(0.6);
      return {
        kind,
        isByGo,
        steps: random.whole(isByGo ? 0 : 1, 5),
        traits: each(() => planCommand(random)),
      };
    }
    case 'tools': {
      const rounds = random.whole(1, 4);
      return { kind, traits: each(() => planTool(random, rounds)) };
    }
    case 'hold':
      return { kind, forMs: random.between(100, 40_000) };
  }
}

function planCommand(random: Random): CommandTraits {
  return {
    kind: 'work',
    ms: random.chance(0.7) ? random.whole(10, 3_000) : random.whole(3_000, 40_000),
    ...(random.chance(0.1) ? { code: random.whole(1, 255) } : {}),
    // What resists, and stands below a shell that does not, is the open entry of TRACK_RECORD.md.
    ...(random.chance(0.2) ? { nested: 1 } : planResistance(random)),
    ...(random.chance(0.1) ? { leaves: 1 } : {}),
  };
}

function planResistance(random: Random): Partial<CommandTraits> {
  if (random.chance(0.04)) return { stuck: 1 };
  return random.chance(0.25) ? { stubborn: 1 } : {};
}

function planTool(random: Random, rounds: number): CommandTraits {
  return {
    kind: random.chance(0.04) ? 'work' : 'tool',
    ms: random.chance(0.8) ? random.whole(10, 2_000) : random.whole(2_000, 20_000),
    rounds: random.chance(0.06) ? random.whole(1, rounds) : rounds,
    ...(random.chance(0.1) ? { dies: random.whole(1, rounds), code: random.pick([0, 1, 3]) } : {}),
    ...(random.chance(0.06) ? { fails: random.whole(1, rounds) } : {}),
    ...(random.chance(0.5) ? { watches: 1 } : {}),
    ...(random.chance(0.2) ? { stubborn: 1 } : {}),
    ...(random.chance(0.02) ? { hasty: 1 } : {}),
  };
}
