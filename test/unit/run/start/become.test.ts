import { describe, expect, test } from 'vitest';
import { bootCommand } from '../../../../src/node/boot.ts';
import { requestSchema } from '../../../../src/run/request.ts';
import { readBecome } from '../../../../src/run/start/become.ts';
import { makeNode } from '../../output/fixtures.ts';

const here = {
  ask: { secret: async () => 'word', confirm: async () => true },
  randomBytes: (count: number) => Buffer.alloc(count, 7),
};
const NODES = [makeNode('web1'), makeNode('web2'), makeNode('web3')] as const;
const become = (connect: object, around = {}) => {
  const asked = requestSchema.parse({ version: 1, connect, work: { mode: 'lock-status' } });
  return readBecome(asked.connect, { ...here, ...around });
};

describe('whose account the nodes work as', () => {
  test.each([
    ['that of the login', {}, /^exec sh -c /],
    ['root, by -x', { asRoot: true }, /^exec sudo -n -E -H sh -c /],
    ['another, by --become', { asRoot: true, becomes: 'app' }, /^exec sudo -n -E -H -u '?app'? sh -c /],
    [
      'root, who is asked',
      { asRoot: true, isSudoPasswordAsked: true },
      /^exec sudo -S -p '\S+-asks ' -E -H sh -c /,
    ],
  ])('is %s', async (_what, connect, command) => {
    expect(bootCommand(await become(connect))).toMatch(command);
  });

  test.each(['-l', '', 'a b', '$(id)', '#0'])('S8: is never %j', async (becomes) => {
    await expect(become({ asRoot: true, becomes })).rejects.toMatchObject({ code: 'usage' });
  });

  test('is asked for nowhere where nobody can answer', async () => {
    await expect(
      become({ asRoot: true, isSudoPasswordAsked: true }, { ask: undefined }),
    ).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('a password of sudo', () => {
  const password = async () => {
    const found = (await become({ asRoot: true, isSudoPasswordAsked: true }))?.password;
    if (found === undefined) throw new Error('unreachable');
    return found;
  };
  const isSettled = async (promise: Promise<unknown>) => {
    let settled = false;
    void promise.then(() => {
      settled = true;
    });
    await new Promise(setImmediate);
    return settled;
  };

  test('waits for the node that tries it first, and goes to all others when that has taken it', async () => {
    const it = await password();
    expect(await it.wordFor(NODES[0])).toBe('word');
    const others = [it.wordFor(NODES[1]), it.wordFor(NODES[2])];
    expect(await isSettled(Promise.race(others))).toBe(false);
    it.settle(NODES[0], 'accepted');
    expect(await Promise.all(others)).toEqual(['word', 'word']);
    // What one node of many does not take is its own affair.
    it.settle(NODES[1], 'refused');
    expect(await it.wordFor(NODES[0])).toBe('word');
  });

  test('goes to no other node when the first has refused it', async () => {
    const it = await password();
    await it.wordFor(NODES[0]);
    const other = it.wordFor(NODES[1]);
    it.settle(NODES[0], 'refused');
    expect(await other).toBeUndefined();
    expect(await it.wordFor(NODES[2])).toBeUndefined();
  });

  test('is tried by the next one where the first is lost before it has answered', async () => {
    const it = await password();
    await it.wordFor(NODES[0]);
    const others = [it.wordFor(NODES[1]), it.wordFor(NODES[2])] as const;
    it.settle(NODES[0], 'lost');
    expect(await others[0]).toBe('word');
    expect(await isSettled(others[1])).toBe(false);
    it.settle(NODES[1], 'refused');
    expect(await others[1]).toBeUndefined();
  });
});
