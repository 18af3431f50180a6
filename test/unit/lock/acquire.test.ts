import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { EXIT, LockstepError } from '../../../src/core/errors.ts';
import type { ChannelResult } from '../../../src/core/outcome.ts';
import { type AcquireOptions, acquireAll } from '../../../src/lock/acquire.ts';
import type { Channel, ChannelSinks, Connection } from '../../../src/ssh/transport.ts';
import { keeperSettings } from '../../keeper-settings.ts';

const SETTINGS = keeperSettings({ run: 'mine' });
const HOLDER = 'HOLDER\t7\tbob@ctl\tother\tnow\t/\t\t-L\t0.1.0\texclusive';
const ACQUIRED = ['ACQUIRED 7:7'];
const LOCKED = [HOLDER, 'LOCKED'];
const OWN = [HOLDER.replace('other', 'mine'), 'LOCKED'];
const NO_PATH = ['ERROR no such file or directory: /x'];
const NO_FLOCK = ['ERROR flock is not installed on this node'];
/** Its connection ends instead of a first command. */
const CLOSES: readonly string[] = [];
const SILENT: readonly string[] = ['a word of its login script'];
const DRAINING = ['DRAINING\t 12\tother'];

/** Nodes a, b, c … that answer so when they are asked for their lock. */
function fleet(...answers: (readonly string[])[]) {
  const asked: string[] = [];
  const opened: string[] = [];
  const closed: string[] = [];
  const connections = answers.map((lines, at): Connection => {
    const host = 'abcdefgh'.charAt(at);
    const node = { id: `[root@${host}:22]`, user: 'root', host, port: 22, given: host };
    const exec = async (_command: string, sinks: ChannelSinks): Promise<Channel> => {
      opened.push(host);
      if (lines === CLOSES)
        throw new LockstepError('connection-lost', 'cannot start a command: bye', { node });
      const said = lines === SILENT ? `${lines}` : lines.map((line) => `token ${line}\n`).join('');
      const result = new Promise<ChannelResult>(() => {});
      let isAsked = false;
      const write = async () => {
        if (isAsked) return;
        isAsked = true;
        asked.push(host);
        queueMicrotask(() => void sinks.onStdout(Buffer.from(said)));
      };
      return { write, end: () => {}, close: () => void closed.push(host), result };
    };
    return { node, closed: new Promise(() => {}), exec, close: async () => {} };
  });
  return { asked, opened, closed, connections };
}

/** What came of it: the hosts that are locked, and those that were given back. */
async function take(
  { connections }: ReturnType<typeof fleet>,
  { isLeavingOut = false, ...more }: Partial<AcquireOptions> & { isLeavingOut?: boolean } = {},
) {
  const given: string[] = [];
  const leftOut: string[] = [];
  const watched = new Set<string>();
  const onLeftOut = (error: LockstepError) => void leftOut.push(error.message);
  const taken = await acquireAll(connections, {
    settings: SETTINGS,
    clock: systemClock,
    isRefusalTolerated: false,
    opensAhead: false,
    leases: {
      add: ({ node }) => void watched.add(node.host),
      remove: ({ node }) => void watched.delete(node.host),
    },
    onAsked: () => {},
    onAcquired: () => {},
    onRefused: () => {},
    release: async (keepers) => void given.push(...keepers.map(({ node }) => node.host)),
    signal: new AbortController().signal,
    ...(isLeavingOut ? { onLeftOut } : {}),
    ...more,
  }).then(
    (keepers) => keepers.map(({ node }) => node.host),
    (error: LockstepError) => error,
  );
  return { taken, given, leftOut, watched: [...watched] };
}

describe('the lock of all nodes', () => {
  test('L2: a lock is watched over from the moment that it is got, and no more when it is given back', async () => {
    expect((await take(fleet(ACQUIRED, ACQUIRED))).watched).toEqual(['a', 'b']);
    expect((await take(fleet(ACQUIRED, LOCKED))).watched).toEqual([]);
  });

  test('L2: a first node whose lock is held keeps the others from being asked', async () => {
    const nodes = fleet(LOCKED, ACQUIRED, NO_PATH);
    expect((await take(nodes)).taken).toMatchObject({ code: 'locked', exitCode: EXIT.locked });
    expect(nodes.asked).toEqual(['a']);
  });

  test('L2: while the first node is asked the others are opened, and closed again where it is held', async () => {
    const nodes = fleet(LOCKED, ACQUIRED, ACQUIRED);
    await take(nodes, { opensAhead: true });
    expect([nodes.asked, nodes.opened.toSorted(), nodes.closed]).toEqual([
      ['a'],
      ['a', 'b', 'c'],
      ['b', 'c'],
    ]);
  });

  test('L2: what was opened ahead is what is asked then, and no node is opened twice', async () => {
    const nodes = fleet(ACQUIRED, ACQUIRED, CLOSES);
    await take(nodes, { opensAhead: true, isLeavingOut: true });
    expect([nodes.asked, nodes.opened.toSorted(), nodes.closed]).toEqual([['a', 'b'], ['a', 'b', 'c'], []]);
  });

  test('a run that was ended opens nothing on nodes that are still to be asked', async () => {
    const nodes = fleet(ACQUIRED, ACQUIRED);
    const why = new LockstepError('interrupted', 'Ctrl-C');
    expect((await take(nodes, { signal: AbortSignal.abort(why) })).taken).toBe(why);
    expect(nodes.opened).toEqual([]);
  });

  test('L15: a run that is ended waits for no node whose shell is silent, and gives back what it has', async () => {
    const nodes = fleet(ACQUIRED, SILENT, SILENT);
    const ended = new AbortController();
    const why = new LockstepError('interrupted', 'Ctrl-C');
    const onAsked = ({ host }: { host: string }) => {
      if (host === 'c') ended.abort(why);
    };
    const { taken, given } = await take(nodes, { signal: ended.signal, onAsked });
    expect(taken).toBe(why);
    expect([given, nodes.closed.toSorted()]).toEqual([['a'], ['b', 'c']]);
  });

  test('a leash alone is asked for on all nodes at once: it keeps nobody off', async () => {
    const nodes = fleet(NO_PATH, ACQUIRED, ACQUIRED);
    const settings = { ...SETTINGS, record: { ...SETTINGS.record, kind: 'none' as const } };
    await take(nodes, { settings });
    expect(nodes.opened).toEqual(['a', 'b', 'c']);
    expect(nodes.asked).toEqual(['a', 'b', 'c']);
  });

  test.each([
    ['the first', [NO_PATH, ACQUIRED, NO_FLOCK], ['b']],
    ['another', [ACQUIRED, NO_PATH, NO_FLOCK], ['a']],
  ])(
    'L13: where %s node cannot be worked on all are asked, every reason is told, and what was taken is given back',
    async (_which, answers, given) => {
      const nodes = fleet(...answers);
      const ended = await take(nodes);
      expect(ended.taken).toMatchObject({
        code: 'unusable',
        exitCode: 69,
        message: 'the global lock was not taken: 2 of 3 nodes refused',
      });
      expect((ended.taken as LockstepError).causes.map((cause) => (cause as Error).message)).toEqual([
        expect.stringContaining('no such file or directory: /x'),
        expect.stringContaining('flock is not installed'),
      ]);
      expect(nodes.asked).toEqual(['a', 'b', 'c']);
      expect(ended.given).toEqual(given);
    },
  );

  test.each([
    ['held on one node', [ACQUIRED, LOCKED, ACQUIRED], 75],
    ['held on one, and drained on another', [ACQUIRED, DRAINING, LOCKED], 75],
    ['held on one, while another cannot be worked on', [ACQUIRED, LOCKED, NO_PATH], 69],
    ['held by this very run, under another name of the machine', [ACQUIRED, OWN, ACQUIRED], 69],
  ])(
    'L13: a lock that is %s ends with the code that says whether waiting may help',
    async (_how, answers, code) => {
      expect((await take(fleet(...answers))).taken).toMatchObject({ exitCode: code });
    },
  );

  test.each([
    [
      'the node that holds it',
      ['ACQUIRED 8:8'],
      /^is the same machine as \[root@a:22\], which holds its lock/,
    ],
    ['no node where two could be it', ACQUIRED, /^is the same machine as another node of this run, which/],
  ])('a second name of a machine is told with the other name: %s', async (_which, third, told) => {
    const { taken } = await take(fleet(ACQUIRED, OWN, third));
    expect(taken).toMatchObject({ code: 'lock-unavailable', hint: 'name each machine once' });
    expect((taken as LockstepError).causes).toMatchObject([
      { message: expect.stringMatching(told), node: { host: 'b' } },
    ]);
  });

  test.each([
    ['the first', [CLOSES, ACQUIRED]],
    ['another', [ACQUIRED, CLOSES]],
  ])(
    'L13: %s node that accepts the login and ends the connection at the first command is named as one that cannot be worked on',
    async (_which, answers) => {
      const ended = await take(fleet(...answers));
      expect(ended.taken).toMatchObject({ code: 'unusable', exitCode: 69 });
      const [cause] = (ended.taken as LockstepError).causes as LockstepError[];
      expect(cause?.message).toMatch(
        /^cannot be worked on: it accepted the login, but cannot start a command: bye$/,
      );
      expect(cause?.node).toBeDefined();
      expect(ended.given).toHaveLength(1);
    },
  );

  test('a run without a lock does not speak of one that was not taken', async () => {
    const { taken } = await take(fleet(NO_PATH), { settings: keeperSettings({ run: 'mine', kind: 'none' }) });
    expect(taken).toMatchObject({ message: 'no work was begun: 1 of 1 node refused' });
  });
});

describe('-w', () => {
  test.each([
    ['the first of them', [NO_PATH, ACQUIRED, ACQUIRED], ['b', 'c']],
    ['the first two', [NO_PATH, NO_FLOCK, ACQUIRED], ['c']],
    ['the last', [ACQUIRED, ACQUIRED, NO_PATH], ['a', 'b']],
    ['one that ends the connection', [ACQUIRED, CLOSES, ACQUIRED], ['a', 'c']],
  ])('L16: goes on without nodes that cannot be worked on: %s', async (_which, answers, locked) => {
    const ended = await take(fleet(...answers), { isLeavingOut: true });
    expect(ended.taken).toEqual(locked);
    expect(ended.given).toEqual([]);
    expect(ended.leftOut).toHaveLength(3 - locked.length);
  });

  test('L2: with the first node left out the next one is asked alone, and it is held: 75', async () => {
    const nodes = fleet(NO_PATH, LOCKED, ACQUIRED);
    expect((await take(nodes, { isLeavingOut: true })).taken).toMatchObject({ exitCode: 75 });
    expect(nodes.asked).toEqual(['a', 'b']);
  });

  test.each([
    ['is held', [ACQUIRED, LOCKED], 75],
    ['is held beside nodes that would be left out', [ACQUIRED, NO_PATH, LOCKED], 75],
    ['is held by this very run beside a node that would be left out', [NO_PATH, OWN], 69],
    ['is held by this very run, under another name of the machine', [ACQUIRED, OWN], 69],
    ['can be had of no node at all', [NO_PATH, NO_FLOCK], 69],
  ])('does not help where a lock %s', async (_how, answers, code) => {
    const ended = await take(fleet(...answers), { isLeavingOut: true });
    expect(ended.taken).toMatchObject({ exitCode: code });
    expect(ended.leftOut).toEqual([]);
  });
});
