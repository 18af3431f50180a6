import { describe, expect, test } from 'vitest';
import { nodesOf, parseShare } from '../../../src/core/share.ts';
import { requestSchema } from '../../../src/run/request/request.ts';
import { rulesOfShortForms } from '../../../src/run/rollout/short-forms.ts';
import { asked } from '../cli/asked.ts';

const NODES = ['db1', 'web1', 'db2', 'web2', 'x'];
const DB = { name: '@db', nodes: ['db1', 'db2'] };
const WEB = { name: '@web', nodes: ['web1', 'web2', 'db2'] };

const wish = (rollout: object) =>
  requestSchema.parse({ version: 1, rollout, work: { mode: 'command', text: 'id' } }).rollout;

/** `--order: @db(db1 db2) > @web(web1)`, `--batch: 2 release`. */
const inShort = (rollout: object, order: readonly { name: string; nodes: string[] }[] = []) => {
  const { threads, limits, maxFailures } = rulesOfShortForms(wish(rollout), NODES, order);
  return [
    ...threads.map(({ name, require, slots }) => {
      const each = slots.map((slot) => `${slot.name}(${slot.nodes.join(' ')})`);
      return `${name} ${require}: ${each.join(' > ')}`;
    }),
    ...limits.map(({ name, max, onFailure }) => `${name}: ${max} ${onFailure}`),
    ...(maxFailures === undefined ? [] : [`failures: ${maxFailures}`]),
  ];
};

describe('the short forms of a rollout', () => {
  test.each<[string, object, readonly { name: string; nodes: string[] }[], string[]]>([
    ['--batch: one that fails gives its place back', { batch: '2' }, [], ['--batch: 2 release']],
    ['--max-down: one that fails keeps its place', { maxDown: '40%' }, [], ['--max-down: 2 hold']],
    [
      'at least one node',
      { maxDown: '1%', maxFailures: '1%', batch: '9' },
      [],
      ['--batch: 9 release', '--max-down: 1 hold', 'failures: 1'],
    ],
    [
      '--canary: the first',
      { canary: '1' },
      [],
      ['--canary success: the canary(db1) > the rest(web1 db2 web2 x)'],
    ],
    ['--canary of all', { canary: '100%' }, [], ['--canary success: the canary(db1 web1 db2 web2 x)']],
    [
      '--order: a node has its turn with the first that names it; a step without targets is none',
      { order: ['@db', '@none', '@web'] },
      [DB, { name: '@none', nodes: [] }, WEB],
      ['--order success: @db(db1 db2) > @web(web1 web2)'],
    ],
    [
      '--canary and --order never wait for each other: the canaries are the first of the order',
      { canary: '3', order: ['@web', '@db'] },
      [WEB, DB],
      [
        '--canary success: the canary(web1 web2 db2) > the rest(db1 x)',
        '--order success: @web(web1 web2 db2) > @db(db1)',
      ],
    ],
  ])('%s', (_title, rollout, order, expected) => {
    expect(inShort(rollout, order)).toEqual(expected);
  });

  test.each([
    ['25%', 101, 25],
    ['15%', 20, 3],
    ['15%', 3, 1],
    ['1%', 10, 1],
    ['100%', 7, 7],
    ['5', 3, 5],
  ])('PG-13: %s of %i nodes are %i', (text, total, expected) => {
    const share = parseShare(text);
    expect(share && nodesOf(share, total)).toBe(expected);
  });

  test.each(['0', '0%', '101%', '-1', '1.5', '', '5 %', 'all', '01', '1000000'])('%j is no share', (text) => {
    expect(parseShare(text)).toBe(undefined);
    expect(() => wish({ batch: text })).toThrow();
  });
});

describe('a rollout on the command line', () => {
  const parse = (line: string) => asked(['-o', 'web1', ...line.split(' ')]);

  test('--order is cut at commas, but not within a range', async () => {
    const { rollout } = await parse('--order @db&@dc=east,web[1,3-5],x -C id');
    expect(rollout.order).toEqual(['@db&@dc=east', 'web[1,3-5]', 'x']);
  });

  test.each([
    ['--batch 0 -C id', '--batch takes a number of nodes from 1'],
    ['--max-down 120% -C id', '--max-down takes a number of nodes from 1'],
    ['--canary few -C id', '--canary takes a number of nodes from 1'],
    [
      '--max-failures 3 -C id',
      '--max-failures goes with --rollout, --batch, --max-down, --canary or --order',
    ],
    ['--rollout a --canary 1 -C id', '--max-down, --canary and --order do not go with --rollout'],
    ['--rollout a --rollout b -C id', '--rollout stands twice'],
    ['--order @db,,@web -C id', '--order names nothing between two commas'],
    ['--batch 3 --download /etc/hosts', '--batch goes with -C, -U and -S only'],
    ['--max-down 3 -S /etc/hosts', '--canary and --order go with -S -m, and not with -S alone'],
    ['--batch 3 -r /srv --rollback', '--batch goes with -C, -U and -S only'],
    ['--order @db --lock-status', '--order goes with -C, -U and -S only'],
  ])('%s is refused, with a hint', async (line, message) => {
    const refused = await parse(line).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'usage', message: expect.stringContaining(message) });
    expect((refused as { hint?: string }).hint).toBeTruthy();
  });

  test.each([
    '--batch 3 -U /etc/hosts',
    '--rollout a --dry-run -U /etc/hosts',
    '--canary 1 -r /srv --switch -U /etc',
    '--max-down 3 -m -S /etc/hosts',
    '--plan --order @db -m --no-upload -S',
  ])('%s: nodes have their turns', async (line) => {
    expect((await parse(line)).version).toBe(1);
  });
});
