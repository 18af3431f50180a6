/** This process as a run's surroundings: its clock, environment, stdin, terminal and memory. */
import { randomBytes } from 'node:crypto';
import { systemClock } from '../core/clock.ts';
import type { Teller } from '../core/events.ts';
import type { Surroundings } from '../run/surroundings.ts';
import { confirm } from './confirm.ts';
import { expectFiles, expectLargeBuffers } from './memory.ts';
import { askSecret, hasTerminal } from './secret.ts';
import type { Interrupt } from './signals.ts';

export function surroundingsOf(teller: Teller, { signal, leaveToProgram }: Interrupt): Surroundings {
  const there = { ...teller, signal };
  return {
    ...there,
    clock: systemClock,
    random: Math.random,
    randomBytes,
    environment: process.env,
    stdin: () => process.stdin,
    ask: hasTerminal()
      ? { secret: (prompt) => askSecret(prompt, there), confirm: (text) => confirm(text, there) }
      : undefined,
    openTransport: async (request, facts) =>
      (await import('../run/start/open-ssh2.ts')).openSsh2(request, facts),
    leaveToProgram,
    expect: (what) => (what === 'files' ? expectFiles() : expectLargeBuffers()),
  };
}
