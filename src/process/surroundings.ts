/** This process as a run's surroundings: its clock, environment, stdin, terminal and memory. */
import { randomBytes } from 'node:crypto';
import { systemClock } from '../core/clock.ts';
import type { Teller } from '../core/events.ts';
import type { Asker, Surroundings } from '../run/surroundings.ts';
import type { EarlierNode } from '../targets/earlier-runs.ts';
import { askByProgram, askpassProgram } from './askpass.ts';
import { confirm } from './confirm.ts';
import { expectFiles, expectLargeBuffers } from './memory.ts';
import { askSecret, hasTerminal } from './secret.ts';
import type { Interrupt } from './signals.ts';

export function surroundingsOf(
  teller: Teller,
  { signal, leaveToProgram, onInterrupt }: Interrupt,
): Surroundings {
  const there = { ...teller, signal };
  return {
    ...there,
    clock: systemClock,
    random: Math.random,
    randomBytes,
    environment: process.env,
    stdin: () => process.stdin,
    ask: askerOf(there),
    openTransport: async (request, facts) =>
      (await import('../run/start/transport/open-transport.ts')).openTransport(request, facts),
    readRun,
    leaveToProgram,
    onInterrupt,
    expect: (what) => (what === 'files' ? expectFiles() : expectLargeBuffers()),
  };
}

/** Loaded only for runs that ask for it. */
async function readRun(text: string, state: string): Promise<readonly EarlierNode[]> {
  const journal = await import('../journal/past.ts');
  const found = await journal.findRun(await journal.openJournal(process.env), text);
  return journal.nodesOf(await journal.readRun(found), state);
}

function askerOf(there: Teller & { readonly signal: AbortSignal }): Asker | undefined {
  const isTerminalThere = hasTerminal();
  const program = askpassProgram(process.env, isTerminalThere);
  if (program !== undefined) {
    const secret = (prompt: string) => askByProgram(program, prompt, there.signal);
    return { secret, confirm: async (text) => /^y(es)?$/i.test((await secret(text)).trim()) };
  }
  if (!isTerminalThere) return undefined;
  return { secret: (prompt) => askSecret(prompt, there), confirm: (text) => confirm(text, there) };
}
