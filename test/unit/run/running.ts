/** A rollout on nodes whose commands end as a test says. */
import type { ChannelResult, WorkResult } from '../../../src/core/outcome.ts';
import { CommandRun, type CommandRunOptions } from '../../../src/run/command/run-commands.ts';
import type { RolloutRules } from '../../../src/schedule/rollout-rules.ts';
import { nodeAt, runFor } from './fixtures.ts';

export const NODES = ['a', 'b', 'c'].map((host) => nodeAt(host));
export const [a, b] = NODES as [(typeof NODES)[0], (typeof NODES)[0]];
export const IDS = NODES.map(({ id }) => id);
export const code = (number: number): ChannelResult => ({ kind: 'code', code: number });
export const ONE_BY_ONE: RolloutRules = {
  threads: [],
  limits: [{ name: '--batch', max: 1, nodes: IDS }],
  onFailure: 'release',
  unreachable: 'fail',
};

/** Commands that end as is said here, on nodes that have their turns. */
export function running(rollout: RolloutRules, more: Partial<CommandRunOptions> = {}) {
  const run = runFor({}, NODES);
  const ends = new Map<string, (result: WorkResult) => void>();
  const sites = NODES.map((node) => ({
    node,
    start: () => ({
      result: new Promise<WorkResult>((resolve) => ends.set(node.host, resolve)),
      end: () => {},
    }),
  }));
  const commands = new CommandRun(sites, {
    ...run,
    limits: { isFailFast: false },
    killGraceMs: 1,
    rollout,
    ...more,
  });
  const end = async (host: string, result: WorkResult) => {
    ends.get(host)?.(result);
    await new Promise(setImmediate);
  };
  return { ...run, commands, end, isAtWork: (host: string) => ends.has(host) };
}
