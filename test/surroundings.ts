/** Surroundings for runs of tests: this machine's clock and randomness, and nothing of its terminal, signals or environment. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { systemClock } from '../src/core/clock.ts';
import type { Surroundings } from '../src/run/surroundings.ts';
import type { Transport } from '../src/ssh/transport.ts';

export function testSurroundings(
  transport: Transport | undefined,
  given: Partial<Surroundings> & Pick<Surroundings, 'emit'>,
): Surroundings {
  return {
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
