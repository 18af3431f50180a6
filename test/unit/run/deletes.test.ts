/** What is said of what `--delete` removes, when it is asked about, and the list that each node gets. */
import { expect, test } from 'vitest';
import type { HeldRun, Site } from '../../../src/run/held-run.ts';
import { Deletes } from '../../../src/run/upload/deletes.ts';
import { Extras } from '../../../src/transfer/difference/extras.ts';
import { makeNode } from '../output/fixtures.ts';

const on = (...hosts: string[]) => `(${hosts.map((host) => makeNode(host).id).join(', ')})`;
const SITES = ['web1', 'web2', 'web3'].map((host) => ({ node: makeNode(host) }) as unknown as Site);

/** What is there, a directory with a slash behind it; all of it is too much but what begins with `here`. */
function found(paths: readonly string[]): Extras {
  const extras = new Extras({ isWanted: (member) => member.startsWith('here'), max: 1000 });
  for (const path of paths) extras.hear(path.replace(/\/$/, ''), path.endsWith('/'));
  extras.end();
  return extras;
}

async function confirmed(
  there: readonly (readonly string[])[],
  { isConfirmed = false, answer = undefined as boolean | undefined } = {},
): Promise<{ said: string[]; asked: string[]; error: unknown; deletes: Deletes }> {
  const said: string[] = [];
  const asked: string[] = [];
  const deletes = new Deletes();
  for (const [at, paths] of there.entries()) deletes.add(SITES[at] as Site, found(paths));
  const confirm = async (text: string) => asked.push(text) > 0 && answer === true;
  const work = {
    sites: SITES,
    tell: ({ message }: { message: string }) => said.push(message),
    held: { signal: new AbortController().signal },
    here: { ask: answer === undefined ? undefined : { confirm } },
  } as unknown as HeldRun;
  const pathAt = (member: string) => `/srv/${member}`;
  const error = await deletes.confirm(work, { isConfirmed, pathAt }).catch((thrown: unknown) => thrown);
  return { said, asked, error, deletes };
}

const here = Array.from({ length: 300 }, (_, at) => `here${at}`);
const some = (count: number) => Array.from({ length: count }, (_, at) => `more${at}`);

test('F21: little is told, with the first names and their nodes, and not asked about', async () => {
  const { said, asked, error } = await confirmed([
    [...here, 'old/', 'old/x', 'z'],
    here,
    [...here, 'old/', 'old/x'],
  ]);
  expect([asked, error]).toEqual([[], undefined]);
  expect(said).toEqual([
    `to be deleted: 3 names or fewer of 303 on 2 of 3 nodes: /srv/old/ ${on('web1', 'web3')}, /srv/z ${on('web1')}`,
  ]);
});

test('F21: of nodes of which the same directory goes it is asked where one has much in it, in whichever order they answer', async () => {
  const much = [...here, 'old/', ...some(100).map((name) => `old/${name}`)];
  for (const there of [
    [much, [...here, 'old/']],
    [[...here, 'old/'], much],
  ])
    expect((await confirmed(there, { answer: true })).asked).toEqual([
      `delete 101 names or fewer of 401 on 2 of 3 nodes: /srv/old/ ${on('web1', 'web2')}? [y/N] `,
    ]);
});

test('nothing is told where nothing is too much', async () => {
  expect(await confirmed([here, here, here])).toMatchObject({ said: [], asked: [], error: undefined });
});

test.each([
  ['more than half of what is there', ['here', 'a', 'b'], true],
  ['half of what is there', ['here', 'a'], false],
  ['101 names', [...here, ...some(101)], true],
  ['100 names', [...here, ...some(100)], false],
  ['101 names in one directory', [...here, 'old/', ...some(100).map((name) => `old/${name}`)], true],
])('F21: %s: is asked about: %j', async (_what, paths, isAsked) => {
  const yes = await confirmed([here, paths], { answer: true });
  expect(yes.error).toBeUndefined();
  expect(yes.asked).toHaveLength(isAsked ? 1 : 0);
  const no = await confirmed([here, paths], { answer: false });
  const alone = await confirmed([here, paths]);
  for (const { error } of [no, alone])
    expect((error as { code?: string } | undefined)?.code).toBe(isAsked ? 'upload-failed' : undefined);
  expect(await confirmed([here, paths], { isConfirmed: true })).toMatchObject({
    asked: [],
    error: undefined,
  });
});

test('F21: a node gets what is too much on itself alone, those of one directory together, whatever the names', async () => {
  const { deletes } = await confirmed([['here/', 'here/x', 'b/', 'a\nb', 'here2'], ['zz\\']], {
    isConfirmed: true,
  });
  expect(deletes.listFor(SITES[0] as Site)?.toString()).toBe('b\na\\nb\n/end\n');
  expect(deletes.listFor(SITES[1] as Site)?.toString()).toBe('zz\\\\\n/end\n');
  expect(deletes.listFor(SITES[2] as Site)).toBeUndefined();
  const { deletes: others } = await confirmed([['\xff/', '\xff/\xfe']], { isConfirmed: true });
  expect(others.listFor(SITES[0] as Site)).toEqual(Buffer.from('\xff\n/end\n', 'latin1'));
});
