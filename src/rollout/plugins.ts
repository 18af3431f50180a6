/** Runs the programs that a rollout file names for the hosts of its tags. */
import { dirname, isAbsolute, join } from 'node:path';
import { mapAtOnce } from '../core/at-once.ts';
import { LIMITS } from '../core/limits/limits.ts';
import { ROLLOUT_LIMITS } from '../core/limits/rollout.ts';
import { ProgramFailure, runProgram } from '../core/run-program.ts';
import { parseExpression } from '../targets/expression.ts';
import { type ListedTarget, parseHostList } from '../targets/host-list.ts';
import { targetsOf } from '../targets/pick.ts';
import { Refusal, refusedAt } from '../targets/refusal.ts';
import { quoteInput } from '../text/quote-input.ts';
import { singleLine } from '../text/single-line.ts';
import { Mistakes } from './mistakes.ts';
import type { PluginCall, RolloutFile } from './rollout-file.ts';
import type { Printed } from './tags.ts';

export interface PluginSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Equal calls run once. Rejects with LockstepError `usage` when a program fails, since its list may be incomplete. */
export async function runPlugins(
  { tags }: Pick<RolloutFile, 'tags'>,
  path: string,
  here: PluginSurroundings,
): Promise<Printed> {
  const mistakes = new Mistakes();
  const calls = [...tags.values()].flatMap((tag) => tag.calls);
  const first = new Map(calls.toReversed().map((call) => [keyOf(call), call]));
  const different = [...first.values()].reverse();
  const beyond = different[ROLLOUT_LIMITS.pluginsMax];
  if (beyond !== undefined)
    mistakes.add(beyond.place, `more than ${ROLLOUT_LIMITS.pluginsMax} calls of plugins`);
  mistakes.refuse();
  const printed = await mapAtOnce(different, ROLLOUT_LIMITS.pluginsAtOnce, (call) => ask(call, path, here));
  const lists = new Map<string, readonly ListedTarget[]>();
  for (const [at, call] of different.entries()) {
    const answer = printed[at];
    if (typeof answer === 'string') {
      const list = mistakes.catch(() => readList(answer, callText(call)));
      if (list !== undefined) lists.set(keyOf(call), list);
    } else if (answer instanceof ProgramFailure) {
      mistakes.add(call.place, `${quoteInput(callText(call))} ${howOf(answer)}`, HINT);
    } else throw answer;
  }
  mistakes.refuse();
  return new Map(calls.map((call) => [call, lists.get(keyOf(call)) ?? []]));
}

const HINT = 'it prints one host a line, and ends with 0';

function keyOf({ program, args }: PluginCall): string {
  return JSON.stringify([program, ...args]);
}

function callText({ plugin, args }: PluginCall): string {
  return [`$${plugin}`, ...args].join(' ');
}

/** Returns an error instead of throwing it, so that the others run to their ends. */
async function ask(
  { program, args }: PluginCall,
  path: string,
  { environment, signal }: PluginSurroundings,
): Promise<unknown> {
  const isBeside = program.includes('/') && !isAbsolute(program);
  const file = isBeside ? join(dirname(path), program) : program;
  const bounds = { timeoutMs: ROLLOUT_LIMITS.pluginMs, bytesMax: ROLLOUT_LIMITS.pluginBytesMax };
  try {
    // join drops the leading ./, without which the system looks for a name in PATH.
    const argv = [isBeside && !file.includes('/') ? `./${file}` : file, ...args] as [string, ...string[]];
    return await runProgram({ argv, environment, signal, ...bounds });
  } catch (error) {
    return error;
  }
}

function howOf({ how, said }: ProgramFailure): string {
  return said === '' ? how : `${how}: ${singleLine(said, LIMITS.serverTextCharsMax)}`;
}

/** Throws LockstepError `usage`. */
function readList(text: string, name: string): readonly ListedTarget[] {
  const list = parseHostList(text, singleLine(name, LIMITS.quotedInputCharsMax));
  for (const entry of list) {
    refusedAt(entry, () => {
      if (targetsOf(parseExpression(entry.text)) === undefined) throw new Refusal('that is no host');
    });
  }
  return list;
}
