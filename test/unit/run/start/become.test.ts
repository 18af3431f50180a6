import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../../src/core/events.ts';
import type { Node } from '../../../../src/core/node.ts';
import { bootCommand } from '../../../../src/node/boot.ts';
import { requestSchema } from '../../../../src/run/request/request.ts';
import { readBecome } from '../../../../src/run/start/become.ts';
import { makeNode } from '../../output/fixtures.ts';

const here = {
  ask: { secret: async () => 'word', confirm: async () => true },
  randomBytes: (count: number) => Buffer.alloc(count, 7),
  tell: () => {},
};
const NODES = [makeNode('web1'), makeNode('web2'), makeNode('web3')] as const;
const become = (connect: object, around = {}, groups: Record<string, readonly Node[]> = {}) => {
  const sudoPasswordFor = Object.keys(groups);
  const asked = requestSchema.parse({
    version: 1,
    connect: { ...connect, sudoPasswordFor },
    work: { mode: 'lock-status' },
  });
  const of = { nodes: NODES, groups: new Map(Object.entries(groups)) };
  return readBecome(asked.connect, { ...here, ...around }, of);
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
    const found = await become(connect);
    expect(bootCommand(found, found?.passwordOn?.(NODES[0])?.marker)).toMatch(command);
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
    const found = (await become({ asRoot: true, isSudoPasswordAsked: true }))?.passwordOn?.(NODES[0]);
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

  test('goes to no other node when three were given it and have not answered', async () => {
    const it = await password();
    for (const node of NODES) {
      expect(await it.wordFor(node)).toBe('word');
      it.settle(node, 'lost');
    }
    expect(await it.wordFor(makeNode('web4'))).toBeUndefined();
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

describe('passwords of sudo for groups of nodes', () => {
  const [web1, web2, web3] = NODES;
  const asRoot = { asRoot: true };
  /** What is asked, in order, and the word that each node is given alone. */
  async function asked(connect: object, groups: Record<string, readonly Node[]>) {
    const prompts: string[] = [];
    const told: RunEvent[] = [];
    const secret = async (prompt: string) => `word ${prompts.push(prompt)}`;
    const around = { ask: { ...here.ask, secret }, tell: (event: RunEvent) => void told.push(event) };
    const found = await become({ ...asRoot, ...connect }, around, groups);
    const words = NODES.map((node) => found?.passwordOn?.(node)?.wordFor(node));
    return { prompts, words, told: told.flatMap((event) => ('message' in event ? [event.message] : [])) };
  }

  test('are asked for once each, and that of -K for those in none', async () => {
    const groups = { '@db': [web1], '@web': [web2] };
    const { prompts, words, told } = await asked({ isSudoPasswordAsked: true }, groups);
    expect(prompts).toEqual([
      "password of sudo for '@db': ",
      "password of sudo for '@web': ",
      'password of sudo: ',
    ]);
    expect(await Promise.all(words)).toEqual(['word 1', 'word 2', 'word 3']);
    expect(told).toEqual([]);
  });

  test('leave the nodes in none to a sudo that asks for nothing, without -K', async () => {
    const { prompts, words } = await asked({}, { '@db': [web1] });
    expect(prompts).toHaveLength(1);
    expect(await Promise.all(words)).toEqual(['word 1', undefined, undefined]);
  });

  test('leave out the question for all others where all nodes are in a group', async () => {
    const { prompts } = await asked({ isSudoPasswordAsked: true }, { '@all': NODES });
    expect(prompts).toEqual(["password of sudo for '@all': "]);
  });

  test('are tried on one node of each group first, and one that is refused is kept from its own group alone', async () => {
    const found = await become(asRoot, {}, { '@db': [web1, web2], '@web': [web3] });
    const of = (node: Node) => found?.passwordOn?.(node);
    expect(await of(web1)?.wordFor(web1)).toBe('word');
    expect(await of(web3)?.wordFor(web3)).toBe('word');
    const other = of(web2)?.wordFor(web2);
    of(web1)?.settle(web1, 'refused');
    of(web3)?.settle(web3, 'accepted');
    expect(await other).toBeUndefined();
    expect(await of(web3)?.wordFor(web3)).toBe('word');
  });

  test('are refused for a node that is in two of them, by its name and before anybody is asked', async () => {
    const secret = async () => {
      throw new Error('nobody is to be asked');
    };
    const around = { ask: { ...here.ask, secret } };
    await expect(become(asRoot, around, { '@db': [web1], '@web': [web2, web1] })).rejects.toMatchObject({
      code: 'usage',
      node: web1,
      message: expect.stringMatching(/'@db' and '@web'/),
    });
  });

  test('are not asked for where no node is in the group, which is told', async () => {
    const { prompts, told } = await asked({}, { '@db': [] });
    expect(prompts).toEqual([]);
    expect(told).toEqual(["--sudo-password-for '@db': no node is in it"]);
  });
});
