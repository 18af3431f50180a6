/** The surroundings of a fleet's runs: this machine, and nothing that belongs to the program around them. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { systemClock } from '../../core/clock.ts';
import type { Listener } from '../../core/events.ts';
import type { Asker, Surroundings } from '../../run/surroundings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Around extends Partial<Listener>, Partial<Omit<Surroundings, keyof Listener>> {
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly ask: Asker | undefined;
}

export function surroundingsOf(around: Around): Surroundings {
  return {
    tell() {},
    output() {},
    heard: async () => {},
    clock: systemClock,
    random: Math.random,
    randomBytes,
    stdin: () => Readable.from([]),
    openTransport: async (request, facts) =>
      (await import('../../run/start/transport/open-transport.ts')).openTransport(request, facts),
    leaveToProgram: () => () => {},
    expect() {},
    ...around,
    environment: withoutRun(around.environment),
  };
}

/** A program that is itself the step of a session holds locks of its own all the same. */
function withoutRun({ LOCKSTEP_SESSION: _session, LOCKSTEP_RUN: _run, ...others }: Environment): Environment {
  return others;
}
