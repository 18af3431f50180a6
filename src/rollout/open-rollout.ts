/** Reads a rollout file, and runs the programs that it names for its hosts. A part of its own, since few runs need one. */
import { open } from 'node:fs/promises';
import { LockstepError } from '../core/errors.ts';
import { ROLLOUT_LIMITS } from '../core/limits/rollout.ts';
import { readWhole } from '../core/read-whole.ts';
import { systemErrorText } from '../core/system-error.ts';
import type { RolloutRules } from '../schedule/rollout-rules.ts';
import { parseExpression, type Term } from '../targets/expression.ts';
import type { ListedTarget } from '../targets/host-list.ts';
import { refusedAt } from '../targets/refusal.ts';
import { quoteInput } from '../text/quote-input.ts';
import { parseRollout } from './parse-rollout.ts';
import { type PluginSurroundings, runPlugins } from './plugins.ts';
import type { Hooks, RolloutFile } from './rollout-file.ts';
import { type Known, rulesOf } from './rules-of.ts';

export interface OpenedRollout {
  /** Undefined without any. */
  readonly hooks: Hooks | undefined;
  /** It has tags, or hosts that name some, so groups and labels must be known. */
  readonly needsGroups: boolean;
  /** Throws LockstepError `usage`, with the place of each mistake. */
  rulesOf(known: Omit<Known, 'printed'>): RolloutRules;
}

/** Rejects with LockstepError `usage`, with the place of each mistake. */
export async function openRollout(path: string, here: PluginSurroundings): Promise<OpenedRollout> {
  const file = parseRollout(await readFile(path), path);
  const printed = await runPlugins(file, path, here);
  return {
    hooks: Object.keys(file.hooks).length === 0 ? undefined : file.hooks,
    needsGroups: needsGroups(file),
    rulesOf: (known) => rulesOf(file, { ...known, printed }),
  };
}

async function readFile(path: string): Promise<string> {
  const tooLong = () => refused(path, `it is longer than ${ROLLOUT_LIMITS.fileBytesMax} bytes`);
  try {
    await using file = await open(path, 'r');
    const stat = await file.stat();
    // The file names programs that run on this machine and on the nodes.
    if (stat.isFile() && (stat.mode & 0o002) !== 0)
      throw refused(path, 'everybody may write to it', `chmod o-w ${path}`);
    return await readWhole(file.createReadStream({ autoClose: false }), ROLLOUT_LIMITS.fileBytesMax, tooLong);
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    throw refused(path, systemErrorText(error));
  }
}

function refused(path: string, why: string, hint?: string): LockstepError {
  return new LockstepError('usage', `the rollout file ${quoteInput(path)} is not read: ${why}`, { hint });
}

function needsGroups({ tags, threads, limits }: RolloutFile): boolean {
  const steps = threads.flatMap((thread) => thread.steps);
  const within = [...threads.flatMap((thread) => thread.within), ...limits.flatMap(({ of }) => of)];
  const pers = [...threads, ...limits].flatMap(({ per }) => per ?? []);
  const named = [...steps, ...within, ...pers].some((ref) => ref.kind === 'tag' && !tags.has(ref.name));
  const lists = steps.flatMap((ref) => (ref.kind === 'hosts' ? [ref.entry] : []));
  return named || [...lists, ...[...tags.values()].flatMap(({ hosts }) => hosts)].some(namesGroup);
}

function namesGroup(entry: ListedTarget): boolean {
  const isGroup = ({ kind }: Term) => kind === 'group' || kind === 'label';
  return refusedAt(entry, () => {
    const { first, filters } = parseExpression(entry.text);
    return isGroup(first) || filters.some(({ term }) => isGroup(term));
  });
}
