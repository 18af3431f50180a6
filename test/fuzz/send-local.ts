/** A run of the program's own code in this process, on local nodes. */

import { LockstepError, toLockstepError } from '../../src/core/errors.ts';
import type { Differing, FilesAtEnd, RunEvent } from '../../src/core/events.ts';
import { run } from '../../src/run/run.ts';
import { testSurroundings } from '../surroundings.ts';
import { asked } from '../unit/cli/asked.ts';
import { CWD } from './generate-invocation.ts';
import { type RunEnd, UNLOOKED } from './judge.ts';
import { LocalNode } from './local-node.ts';
import { createLocalTransport } from './local-transport.ts';
import type { Send } from './run-seed.ts';

/** No run takes so long. */
const RUN_MS_MAX = 60_000;

export const sendLocal: Send = async ({ account, argv }, beds) => {
  const told: string[] = [];
  const differences: Differing[] = [];
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new LockstepError('interrupted', 'no end was in sight')),
    RUN_MS_MAX,
  );
  const home = process.cwd();
  const targets = beds.flatMap(({ node }) => ['-o', `${account}@${node.kind}`]);
  const transport = createLocalTransport(({ host }) => {
    const bed = beds.find(({ node }) => node.kind === host);
    if (!(bed?.node instanceof LocalNode)) throw new Error(`no node ${host}`);
    return { node: bed.node, login: bed.login };
  });
  const hear = (event: RunEvent) => {
    if (event.type === 'difference') differences.push(event);
    tell(told, event);
  };
  try {
    process.chdir(CWD);
    const request = await asked(['-F', 'none', ...targets, ...argv]);
    const { signal } = controller;
    const here = testSurroundings(transport, { hear, signal, environment: { HOME: process.env.HOME } });
    const { exitCode, failure, files } = await run(request, here);
    const end = failure === undefined ? { code: exitCode, text: told.join('\n') } : endOf(failure, told);
    return { ...end, said: saidOf(files), differences };
  } catch (thrown) {
    // A line that is refused before it is a run.
    return { ...endOf(toLockstepError(thrown), told), said: saidOf(undefined) };
  } finally {
    clearTimeout(timer);
    process.chdir(home);
  }
};

function saidOf(known: FilesAtEnd | undefined): NonNullable<RunEnd['said']> {
  const words = ['old', 'new', 'unknown'] as const;
  return new Map(words.flatMap((word) => (known?.[word] ?? []).map(({ host }) => [host, word])));
}

function endOf(error: LockstepError, told: readonly string[]): RunEnd {
  const lines: string[] = [];
  const add = (one: unknown, depth: number) => {
    if (!(one instanceof Error)) return;
    lines.push(`${'  '.repeat(depth)}${one.message}`);
    for (const cause of one instanceof LockstepError ? one.causes : []) add(cause, depth + 1);
  };
  add(error, 0);
  if (error.code === 'bug') lines.push(`${error.stack}`);
  return { code: error.exitCode, text: [...told, ...lines].join('\n') };
}

function tell(told: string[], event: RunEvent): void {
  if (event.type === 'log' && event.level !== 'trace' && event.level !== 'debug')
    told.push(`${event.level}: ${event.message}`);
  if (event.type === 'log' && UNLOOKED.some((words) => event.message.includes(words)))
    told.push(event.message);
  if (event.type === 'output')
    told.push(`${event.node.host} ${event.stream}: ${event.chunk.toString().trimEnd()}`);
}
