import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import type { Node } from '../../../src/core/node.ts';
import { AskedPassword } from '../../../src/jobs/remote/passwords.ts';

const node = (host: string): Node => ({ id: `[ann@${host}:22]`, user: 'ann', host, port: 22, given: host });
const [one, two] = [node('one'), node('two')];

/** Nobody loses patience, unless the test says so. */
const clock: Clock = { ...systemClock, after: () => () => {} };
const passwordOf = (ask: (prompt: string) => Promise<string>, patient: Clock = clock) =>
  new AskedPassword({ ask, marker: 'marker', triesMax: 5, patienceMs: 1_000, clock: patient });

function passwords(answers: readonly string[]) {
  const prompts: string[] = [];
  const ask = async (prompt: string) => {
    const answer = answers[prompts.push(prompt) - 1];
    if (answer === undefined) throw new Error('nobody answers');
    return answer;
  };
  return { prompts, it: passwordOf(ask) };
}

/** As a node whose sudo takes this word, and asks three times. */
async function conversation(it: AskedPassword, where: Node, right: string): Promise<boolean> {
  for (let refusals = 0; refusals < 3; refusals++) {
    const word = await it.wordFor(where, refusals);
    if (word === undefined) return false;
    await new Promise((resolve) => setImmediate(resolve));
    it.settle(where, word === right ? 'accepted' : 'refused');
    if (word === right) return true;
  }
  return false;
}

test('PL-11: of ten that need the password at once, on one node and on others, one asks', async () => {
  const { it, prompts } = passwords(['right']);
  const all = Array.from({ length: 10 }, (_, at) => conversation(it, at % 2 ? one : two, 'right'));
  expect(await Promise.all(all)).toEqual(Array(10).fill(true));
  expect(prompts).toEqual(['password of sudo: ']);
  expect(await it.wordFor(two)).toBe('right');
  expect(prompts).toHaveLength(1);
});

test('a word that is refused is asked for again by the same node, before any other is given one', async () => {
  const { it, prompts } = passwords(['wrong', 'right']);
  const given: string[] = [];
  const asked = it.wordFor.bind(it);
  it.wordFor = async (where, refusals) => {
    const word = await asked(where, refusals);
    given.push(`${where.host} ${word}`);
    return word;
  };
  expect(await Promise.all([conversation(it, one, 'right'), conversation(it, two, 'right')])).toEqual([
    true,
    true,
  ]);
  expect(given).toEqual(['one wrong', 'one right', 'two right']);
  expect(prompts).toEqual(['password of sudo: ', 'sudo has refused it; password of sudo: ']);
});

test('after five wrong ones nobody is asked any more', async () => {
  const { it, prompts } = passwords(Array(9).fill('wrong'));
  const ends = await Promise.all([one, two, one, two].map((where) => conversation(it, where, 'right')));
  expect(ends).toEqual([false, false, false, false]);
  expect(prompts).toHaveLength(5);
});

test('where nobody answers there is none, and it is asked for once', async () => {
  const { it, prompts } = passwords([]);
  expect(await Promise.all([it.wordFor(one), it.wordFor(two)])).toEqual([undefined, undefined]);
  expect(prompts).toHaveLength(1);
});

test('a node that is lost while it tries the word leaves it to the next one', async () => {
  const { it, prompts } = passwords(['right']);
  expect(await it.wordFor(one)).toBe('right');
  const other = conversation(it, two, 'right');
  it.settle(one, 'lost');
  expect(await other).toBe(true);
  expect(prompts).toHaveLength(1);
});

test('once it was taken a node that refuses it is not given it twice, and asks nobody', async () => {
  const { it, prompts } = passwords(['right']);
  expect(await conversation(it, one, 'right')).toBe(true);
  expect(await conversation(it, two, 'other')).toBe(false);
  expect(prompts).toHaveLength(1);
});

test('an ask that never settles holds all that need the word for its time, and for no longer', async () => {
  let late = () => {};
  const slow: Clock = {
    ...clock,
    after: (_delayMs, callback) => {
      late = callback;
      return () => {};
    },
  };
  const it = passwordOf(() => new Promise(() => {}), slow);
  const ends: (string | undefined)[] = [];
  const all = [one, two, one].map(async (where) => ends.push(await it.wordFor(where)));
  await new Promise((resolve) => setImmediate(resolve));
  expect(ends).toEqual([]);
  late();
  await Promise.all(all);
  expect(ends).toEqual([undefined, undefined, undefined]);
});

test('a node that gives up when the word was wrong leaves the next one to ask', async () => {
  const { it, prompts } = passwords(['wrong', 'right']);
  expect(await it.wordFor(one)).toBe('wrong');
  const other = conversation(it, two, 'right');
  it.settle(one, 'refused');
  expect(await other).toBe(true);
  expect(prompts).toHaveLength(2);
});
