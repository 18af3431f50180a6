/** Plays exchanges on the simulated node. */
import { type CommandTraits, commandText } from './commands.ts';
import type { Deed } from './exchange.ts';
import { Machine } from './machine.ts';
import { SimNode, type Witness } from './node.ts';
import type { KeeperStart, Player } from './play.ts';
import type { Ending, Process } from './process.ts';
import { startProgram } from './programs.ts';
import type { Planted } from './simulate.ts';
import { World } from './world.ts';

const DEEDS: Readonly<Record<Deed, CommandTraits>> = {
  'works on': { kind: 'work', ms: 300_000 },
  'works on, stubborn': { kind: 'work', ms: 300_000, stubborn: 1 },
  'works a second': { kind: 'work', ms: 1_000 },
  'exits with 3': { kind: 'work', ms: 10, code: 3 },
  'leaves work behind': { kind: 'work', ms: 10, leaves: 1 },
};

const LOCK = '/srv/lock';
/** In virtual time; nothing takes longer. */
const PATIENCE_MS = 30_000;

interface Session {
  readonly reader: Process;
  readonly main: Process;
  readonly job: Process | undefined;
  output: string;
  ending: Ending | undefined;
  path: string;
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the small functions of a player share its state
export function simulatedPlayer({ Keeper }: Planted = {}): Player {
  const world = new World(1);
  const sessions = new Map<string, Session>();
  const work = new Map<string, Process>();
  /** Names of commands that were ordered, and have not begun. */
  const ordered: { readonly run: string; readonly name: string }[] = [];
  let seen: 'gone' | 'at work' | undefined;
  const ignore = () => {};
  const witness: Witness = {
    acquired: ignore,
    freed: ignore,
    fed: ignore,
    gaveUp: ignore,
    workEnded: ignore,
    synced: ignore,
    waits: ignore,
    wentDown: ignore,
    workStarted(_node, run, process) {
      const at = ordered.findIndex((order) => order.run === run);
      const [order] = ordered.splice(at, 1);
      if (order !== undefined) work.set(order.name, process);
    },
  };
  const node = new SimNode(
    { id: 'node', user: 'u', host: 'node', port: 22, given: 'node' },
    new Machine(world, 'node'),
    { witness, ...(Keeper === undefined ? {} : { Keeper }) },
  );
  node.paths.add(LOCK);

  const session = (name: string): Session => {
    const found = sessions.get(name);
    if (found === undefined) throw new Error(`no session ${name}`);
    return found;
  };
  const start = (name: string, words: readonly string[], path = LOCK) => {
    const outputs = {
      stdout: (text: string) => {
        session(name).output += text;
      },
      stderr: ignore,
    };
    // The session is known before its program's first word.
    const { main, reader, job } = startProgram(node, words, outputs);
    const fresh: Session = { main, reader, job, output: '', ending: undefined, path };
    sessions.set(name, fresh);
    main.onEnd.push((ending) => {
      fresh.ending = ending;
    });
  };
  const replies = (name: string) =>
    [...session(name).output.matchAll(/token (.*)\n/g)].map(([, reply = '']) => reply);
  const isAtWork = (name: string) => {
    const process = work.get(name);
    if (process === undefined) return false;
    // Also what it left in its group.
    return node
      .processes()
      .some(({ group, name: called }) => group === process.group && /^(sh|leftover)$/.test(called));
  };
  const until = async (what: string, isSo: () => boolean) => {
    await world.run(world.nowMs + PATIENCE_MS, isSo);
    if (!isSo()) throw new Error(`never: ${what}`);
  };
  return {
    replies,
    until,
    isAtWork,
    startKeeper(name, { kind, lease, isPathMissing, make, number }: KeeperStart) {
      const path = isPathMissing ? '/srv/missing' : LOCK;
      const since = `2026-01-01T00:00:0${number}Z`;
      start(name, ['lockstep-keeper', 'ann@ctl', name, since, path, 'why', '-C', '0', kind], path);
      session(name).reader.feed(`token ${lease} 1 ${kind} ${make}`);
    },
    async startWorker(name, of, { does, job }) {
      await until(`${of} says ACQUIRED`, () => replies(of).some((reply) => reply.startsWith('ACQUIRED')));
      const identity = replies(of)[0]?.split(' ')[1] ?? '';
      ordered.push({ run: of, name });
      start(name, ['lockstep-hand', of, job, session(of).path, identity, commandText(DEEDS[does])]);
      session(name).reader.feed('token');
    },
    go(name, to, does) {
      ordered.push({ run: to, name });
      session(to).reader.feed(`GO ${commandText(DEEDS[does])}`);
    },
    send(to, text) {
      for (const line of text.split('\n')) session(to).reader.feed(line);
    },
    endInput: (name) => session(name).reader.endInput(),
    async kill(name) {
      session(name).reader.signal('KILL');
    },
    async killJob(name) {
      session(name).job?.signal('KILL');
    },
    async killWorker(name) {
      session(name).main.signal('KILL');
    },
    exitCode(name) {
      const ending = session(name).ending;
      if (ending === undefined) return undefined;
      return 'code' in ending ? ending.code : 137;
    },
    hasBegun: (name) => work.has(name),
    async pass(seconds) {
      await world.run(world.nowMs + seconds * 1000, () => false);
    },
    async startWitness(of) {
      const file = node.flocks.open(LOCK, 1);
      node.flocks.waitForLock(file, 'exclusive', () => {
        seen = isAtWork(of) ? 'at work' : 'gone';
        node.flocks.closeAll(1);
      });
    },
    witnessed: () => seen,
  };
}
