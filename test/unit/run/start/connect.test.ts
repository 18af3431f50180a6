import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LockstepError } from '../../../../src/core/errors.ts';
import type { Node } from '../../../../src/core/node.ts';
import { closeAll, connectAll, connectError } from '../../../../src/run/start/connect.ts';
import type { Connection, Transport } from '../../../../src/ssh/transport.ts';
import { often } from '../../../often.ts';
import { Ear, endedBy, nodeAt } from '../fixtures.ts';

const NODES = ['a', 'b', 'c', 'd'].map((host) => nodeAt(host));
const [a, b, c] = NODES as [Node, Node, Node, Node];

/** Connects as it is told, and counts; `how` throws for a node that cannot be reached. */
function transportOf(how: (node: Node) => void | Promise<void>) {
  const seen = { asked: [] as string[], closed: [] as string[], atOnce: 0, atOnceMax: 0 };
  const transport: Transport = {
    async connect(node): Promise<Connection> {
      seen.asked.push(node.host);
      seen.atOnceMax = Math.max(seen.atOnceMax, ++seen.atOnce);
      try {
        await Promise.resolve();
        await how(node);
      } finally {
        seen.atOnce--;
      }
      const exec = () => Promise.reject(new Error('no command here'));
      return {
        node,
        closed: new Promise(() => {}),
        exec,
        close: async () => void seen.closed.push(node.host),
      };
    },
  };
  return { transport, seen };
}

const refuse = (...hosts: string[]) => {
  return ({ host }: Node) => {
    if (hosts.includes(host)) throw new LockstepError('unreachable', `${host} does not answer`);
  };
};

function connecting(
  how: (node: Node) => void | Promise<void>,
  { atOnce = 4, signal = new AbortController().signal } = {},
) {
  const ear = new Ear();
  const { transport, seen } = transportOf(how);
  return { ear, seen, fleet: connectAll(transport, NODES, { atOnce, tell: ear.hear, signal }) };
}

describe('connecting to all nodes', () => {
  test('those that answer stand in the order of the targets, and those that do not are failures', async () => {
    const { fleet, ear } = connecting(refuse('b', 'd'));
    const { connections, failures } = await fleet;
    expect(connections.map(({ node }) => node.host)).toEqual(['a', 'c']);
    expect(failures.map(({ node }) => node?.host)).toEqual(['b', 'd']);
    expect(ear.of('node-done').map(({ node, phase }) => [node.host, phase])).toEqual([
      ['a', 'connect'],
      ['c', 'connect'],
    ]);
    expect(ear.of('node-failed').map(({ error }) => error)).toEqual(failures);
  });

  test('a failure that did not know its node names it, with its hint and causes', async () => {
    const cause = new Error('deep');
    const { fleet } = connecting(({ host }) => {
      if (host === 'b') throw new LockstepError('auth', 'no key fits', { hint: 'ssh-add', causes: [cause] });
    });
    const [failure] = (await fleet).failures;
    expect(failure).toMatchObject({ code: 'auth', message: 'no key fits', node: b, hint: 'ssh-add' });
    expect(failure?.causes).toEqual([cause]);
  });

  test('what is no error of ours is a bug, and stays one', async () => {
    const { fleet } = connecting(({ host }) => {
      if (host === 'a') throw new TypeError('undefined is not a function');
    });
    expect((await fleet).failures[0]).toMatchObject({ code: 'bug', node: undefined });
  });

  test('one that knows its node keeps it', async () => {
    const own = new LockstepError('unreachable', 'no', { node: c });
    const { fleet } = connecting(({ host }) => {
      if (host === 'c') throw own;
    });
    expect((await fleet).failures[0]).toMatchObject({ message: 'no', node: c, step: 'connect' });
  });

  test('never more at once than is asked for, and all are asked', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.subarray(['a', 'b', 'c', 'd']),
        async (atOnce, bad) => {
          const { fleet, seen } = connecting(refuse(...bad), { atOnce });
          const { connections, failures } = await fleet;
          expect(seen.atOnceMax).toBe(Math.min(atOnce, NODES.length));
          expect(seen.asked).toEqual(['a', 'b', 'c', 'd']);
          expect(failures.map(({ node }) => node?.host)).toEqual(bad);
          expect(connections.length + failures.length).toBe(NODES.length);
        },
      ),
      { numRuns: often(40) },
    );
  });

  test('an abort in the middle closes what is open, asks nobody more, and is the reason', async () => {
    const abort = new AbortController();
    const reason = endedBy('Ctrl-C');
    const { fleet, seen } = connecting(
      ({ host }) => {
        if (host === 'b') abort.abort(reason);
      },
      { atOnce: 1, signal: abort.signal },
    );
    await expect(fleet).rejects.toBe(reason);
    expect(seen.asked).toEqual(['a', 'b']);
    expect(seen.closed).toEqual(['a', 'b']);
  });

  test('an abort before it connects to nobody', async () => {
    const { fleet, seen } = connecting(() => {}, { signal: AbortSignal.abort(endedBy('TERM')) });
    await expect(fleet).rejects.toMatchObject({ code: 'interrupted' });
    expect(seen.asked).toEqual([]);
  });

  test('closing waits for each', async () => {
    const { fleet, seen } = connecting(() => {});
    await closeAll((await fleet).connections);
    expect(seen.closed).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('the failure of a run that needs every node', () => {
  const gone = new LockstepError('unreachable', 'a does not answer', { node: a });
  const denied = new LockstepError('auth', 'b takes no key', { node: b });

  test('has the code of the first, and tells of each, in their order', () => {
    const error = connectError([denied, gone], 4);
    expect(error).toMatchObject({ code: 'auth', message: 'connecting to cluster failed', exitCode: 3 });
    const [count] = error.causes as [LockstepError];
    expect(count.message).toBe('connection to 2 of 4 nodes failed');
    expect(count.causes).toEqual([denied, gone]);
  });

  test.each([
    [1, 'cannot connect'],
    [4, 'cannot connect to 1 of 4 nodes'],
  ])('people read it in fewer words: of %i', (count, text) => {
    expect(connectError([gone], count).brief).toEqual({ text, causes: [gone] });
  });

  test('a hint of this machine goes before that of the failure, and that before the table', () => {
    const own = new LockstepError('auth', 'no', { node: a, hint: 'its own' });
    expect(connectError([own], 1, 'look into ~/.ssh/config').hint).toBe('look into ~/.ssh/config');
    expect(connectError([own], 1).hint).toBe('its own');
    expect(connectError([gone], 1).hint).toMatch(/-w goes on without/);
  });
});
