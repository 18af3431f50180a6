/**
 * A node's command with the hooks of a rollout file around it. They run on the node, like the command, and together
 * they are its work: its limits, its time and another try count for all of it.
 */
import type { Tell } from '../../core/events.ts';
import type { ChannelResult, WorkResult } from '../../core/outcome.ts';
import type { Hooks } from '../../rollout/rollout-file.ts';
import type { CommandSite, StartedCommand } from '../command/commands-at-work.ts';

export interface HookParts {
  readonly hooks: Hooks;
  readonly tell: Tell;
  /** Runs one there, in the way of the command. */
  run(text: string): Promise<ChannelResult>;
  /** Ends whatever runs there. */
  end(): void;
}

export function withHooks(site: CommandSite, parts: HookParts): CommandSite {
  return { node: site.node, start: () => startWithHooks(site, parts) };
}

function startWithHooks({ node, start }: CommandSite, { hooks, tell, run, end }: HookParts): StartedCommand {
  let command: StartedCommand | undefined;
  let isEnded = false;
  const hook = async (name: string, text: string | undefined): Promise<ChannelResult> => {
    const result = text === undefined ? OK : isEnded ? ENDED : await run(text);
    if (isOk(result) || isEnded) return result;
    tell({ type: 'log', level: 'error', node, message: `the hook ${name} failed: ${how(result)}` });
    return result;
  };
  const work = async (): Promise<WorkResult> => {
    const before = await hook('before', hooks.before);
    if (!isOk(before)) return before;
    if (isEnded) return ENDED;
    command = start();
    const result = await command.result;
    return isOk(result) ? hook('after', hooks.after) : result;
  };
  const result = work().then(async (own) => {
    if (!isOk(own) && own.kind !== 'lost') await hook('on_failure', hooks.onFailure);
    return own;
  });
  return {
    result,
    end: () => {
      isEnded = true;
      (command?.end ?? end)();
    },
    close: () => command?.close?.(),
  };
}

export const OK: ChannelResult = { kind: 'code', code: 0 };
export const ENDED: ChannelResult = { kind: 'signal', signal: 'TERM' };

export function isOk(result: WorkResult): boolean {
  return result.kind === 'code' && result.code === 0;
}

function how(result: ChannelResult): string {
  if (result.kind === 'code') return `exit code ${result.code}`;
  return result.kind === 'signal' ? `ended by ${result.signal}` : result.reason;
}
