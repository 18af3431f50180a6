/** Surroundings for runs of tests: this machine's clock and randomness, and nothing of its terminal, signals or environment. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { systemClock } from '../src/core/clock.ts';
import type { RunEvent } from '../src/core/events.ts';
import type { Surroundings } from '../src/run/surroundings.ts';
import type { Transport } from '../src/ssh/transport.ts';

interface Heard {
  /** Hears all events of the run, stamped. What rejects has not taken them. */
  hear(event: RunEvent): void | Promise<void>;
}

export function testSurroundings(
  transport: Transport | undefined,
  { hear, ...given }: Partial<Surroundings> & Heard,
): Surroundings {
  let told = Promise.resolve();
  return {
    tell: (event) => {
      told = Promise.resolve(hear(event));
      told.catch(() => {});
    },
    output: hear,
    heard: () => told,
    clock: systemClock,
    random: Math.random,
    randomBytes,
    environment: {},
    stdin: () => Readable.from([]),
    signal: new AbortController().signal,
    ask: undefined,
    openTransport: async () => {
      if (transport === undefined) throw new Error('no transport was given');
      return { transport, onConnected() {} };
    },
    leaveToProgram: () => () => {},
    expect() {},
    ...given,
  };
}
