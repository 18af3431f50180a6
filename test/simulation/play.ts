/** Plays an exchange on a node, whichever it is, and compares what is said and true with the table. */
import type { Deed, Exchange, Step } from './exchange.ts';

/** A node on which exchanges are played. What has a name keeps it for the whole exchange. */
export interface Player {
  startKeeper(name: string, settings: KeeperStart): void;
  /** Resolves when the keeper has said ACQUIRED: its identity goes to the worker. */
  startWorker(name: string, of: string, settings: { does: Deed; job: string }): Promise<void>;
  go(name: string, to: string, does: Deed): void;
  send(to: string, text: string): void;
  endInput(name: string): void;
  kill(name: string): Promise<void>;
  killJob(name: string): Promise<void>;
  killWorker(name: string): Promise<void>;
  /** All replies so far, without the token. */
  replies(name: string): string[];
  /** Lets time pass until it is so; rejects when it is not so in good time. */
  until(what: string, isSo: () => boolean): Promise<void>;
  /** undefined: its session goes on. */
  exitCode(name: string): number | undefined;
  hasBegun(name: string): boolean;
  isAtWork(name: string): boolean;
  pass(seconds: number): Promise<void>;
  startWitness(of: string): Promise<void>;
  /** undefined: it has not got the lock yet. */
  witnessed(): 'gone' | 'at work' | undefined;
}

export interface KeeperStart {
  readonly kind: string;
  readonly lease: number;
  readonly grace: number;
  readonly isPathMissing: boolean;
  readonly make: string;
  /** Counts the keepers of an exchange, from 1. */
  readonly number: number;
}

/** Rejects with the first difference. */
export async function play({ steps, replies }: Exchange, player: Player): Promise<void> {
  const heard = new Map<string, number>();
  for (const step of steps) await take(step, player, heard);
  for (const [name, expected] of Object.entries(replies)) {
    expectSame(`the replies of ${name}`, player.replies(name).map(normalise), expected);
  }
}

/** `heard`: up to where each keeper's replies were waited for; it also counts the keepers. */
async function take(step: Step, player: Player, heard: Map<string, number>): Promise<void> {
  if ('keeper' in step) {
    const { kind = 'x', lease = 30, grace = 1, path, make = 'none' } = step;
    heard.set(step.keeper, 0);
    player.startKeeper(step.keeper, {
      kind,
      lease,
      grace,
      make,
      isPathMissing: path === 'missing',
      number: heard.size,
    });
  } else if ('worker' in step) {
    await player.startWorker(step.worker, step.of, { does: step.does, job: step.job ?? 'c' });
  } else if ('go' in step) {
    player.go(step.go, step.to, step.does);
  } else if ('send' in step) {
    player.send(step.to, step.send);
  } else if ('endInput' in step) {
    player.endInput(step.endInput);
  } else if ('kill' in step) {
    await player.kill(step.kill);
  } else if ('killJob' in step) {
    await player.killJob(step.killJob);
  } else if ('killWorker' in step) {
    await player.killWorker(step.killWorker);
  } else if ('pass' in step) {
    await player.pass(step.pass);
  } else if ('witness' in step) {
    await player.startWitness(step.witness);
  } else {
    await expectStep(step, player, heard);
  }
}

type Expectation = Extract<
  Step,
  | { until: string }
  | { begins: string }
  | { ends: string }
  | { witnessSees: string }
  | { isAtWork: string }
  | { isGone: string }
>;

async function expectStep(step: Expectation, player: Player, heard: Map<string, number>): Promise<void> {
  if ('until' in step) {
    const from = heard.get(step.until) ?? 0;
    const find = () =>
      player.replies(step.until).findIndex((reply, at) => at >= from && reply.startsWith(step.says));
    await player
      .until(`${step.until} says ${step.says}`, () => find() >= 0)
      .catch((error: Error) => {
        throw new Error(`${error.message}; it said ${JSON.stringify(player.replies(step.until))}`);
      });
    heard.set(step.until, find() + 1);
  } else if ('begins' in step) {
    await player.until(`${step.begins} begins`, () => player.hasBegun(step.begins));
  } else if ('ends' in step) {
    await player.until(`${step.ends} ends`, () => player.exitCode(step.ends) !== undefined);
    if (step.code !== undefined)
      expectSame(`the exit code of ${step.ends}`, player.exitCode(step.ends), step.code);
  } else if ('witnessSees' in step) {
    await player.until('the witness has the lock', () => player.witnessed() !== undefined);
    expectSame('the work, when the lock came free,', player.witnessed(), step.witnessSees);
  } else if ('isAtWork' in step) {
    expectSame(`${step.isAtWork} is at work:`, player.isAtWork(step.isAtWork), true);
  } else {
    expectSame(`${step.isGone} is at work:`, player.isAtWork(step.isGone), false);
  }
}

function normalise(reply: string): string {
  return (
    reply
      .replaceAll(/\/\S+/g, 'LOCK')
      // Whether what was ended has been reaped by then is up to the machine.
      .replace(/^(EXIT \d+) clean$/, '$1')
      .replace(/^(ACQUIRED )\d+:\d+$/, '$1#:#')
      .replace(/^(HOLDER\t)\d+/, '$1#')
      .replace(/^(DRAINING\t)( \d+)+/, '$1 #')
  );
}

function expectSame(what: string, seen: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what} ${one}, not ${other}`);
}
