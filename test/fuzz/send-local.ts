/** A run of the program's own code in this process, on local nodes. */

import { LockstepError, toLockstepError } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/core/events.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import { FileStates } from '../../src/run/report/file-states.ts';
import { runOn } from '../../src/run/run.ts';
import { collect } from '../../src/run/start/prepare.ts';
import { resolveNodes } from '../../src/run/start/resolve.ts';
import { asked } from '../unit/cli/asked.ts';
import { CWD } from './generate-invocation.ts';
import type { RunEnd } from './judge.ts';
import { LocalNode } from './local-node.ts';
import { createLocalTransport } from './local-transport.ts';
import type { Send } from './run-seed.ts';

/** No run takes so long. */
const RUN_MS_MAX = 60_000;

export const sendLocal: Send = async ({ account, argv }, beds) => {
  const told: string[] = [];
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new LockstepError('interrupted', 'no end was in sight')),
    RUN_MS_MAX,
  );
  const home = process.cwd();
  const targets = beds.flatMap(({ node }) => ['-o', `${account}@${node.kind}`]);
  const outcomes = new Map<string, Outcome>();
  const files = new FileStates();
  try {
    process.chdir(CWD);
    const request = await asked([...targets, ...argv]);
    const collection = await collect(request.work);
    const nodes = await resolveNodes(request.targets);
    const emit = (event: RunEvent) => tell(told, event);
    const report = {
      outcomes,
      files,
      stuck: [],
      ending: new Set<(typeof nodes)[number]>(),
      interrupt: {
        signal: controller.signal,
        trigger: () => {},
        leaveToProgram: () => () => {},
        stop: () => {},
        obey: () => {},
      },
      begin: async () => emit,
      prepare: <T>(work: Promise<T>) => work,
      onWork: () => {},
      onDone: () => {},
      onProgramEnd: () => {},
    };
    const transport = createLocalTransport(({ host }) => {
      const bed = beds.find(({ node }) => node.kind === host);
      if (!(bed?.node instanceof LocalNode)) throw new Error(`no node ${host}`);
      const { node, login } = bed;
      return { entering: (account) => node.entering(account), login };
    });
    await runOn(transport, { request, nodes, collection, input: undefined, emit, report });
    const isOk = [...outcomes.values()].every(({ kind }) => kind === 'ok');
    return { code: isOk ? 0 : 1, text: told.join('\n'), said: saidOf(files) };
  } catch (thrown) {
    return { ...endOf(toLockstepError(thrown), told), said: saidOf(files) };
  } finally {
    clearTimeout(timer);
    process.chdir(home);
  }
};

function saidOf(files: FileStates): NonNullable<RunEnd['said']> {
  const known = files.atEnd();
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
  if (event.type === 'output')
    told.push(`${event.node.host} ${event.stream}: ${event.chunk.toString().trimEnd()}`);
}
