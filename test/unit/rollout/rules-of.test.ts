import { describe, expect, test } from 'vitest';
import { drawn, nodesOf, rules } from './given.ts';

const COLOS = 'tag: {colo: {na: [host1, host2, host3], sea: [host4, host5, host6]}}\n';
const SIX = nodesOf('host[1-6]');
const COASTS = `
tag:
  frontend: ['foo[1-101].east', 'foo[1-101].west']
  backend: ['bar[1-10].east', 'bar[1-10].west']
  coast: {east: ['*.east'], west: ['*.west']}
`;

describe('sequences', () => {
  test.each<[string, string, readonly string[]]>([
    [
      'PG-1: a list is one thread, and its items are slots',
      `${COLOS}sequence: [$colo.na, $colo.sea]`,
      ['sequence: $colo.na(host1 host2 host3) → $colo.sea(host4 host5 host6)'],
    ],
    [
      'PG-1: a list of lists is a thread each, as the documents of Pogo have it',
      `${COLOS}sequence:\n  - [ $colo.na, $colo.sea ]\n  - [host9]`,
      ['sequence 1: $colo.na(host1 host2 host3) → $colo.sea(host4 host5 host6)'],
    ],
    [
      'PG-4: a tag as a key: only its nodes, in that order; the others are in none',
      `${COLOS.replace('}}', '}, frontend: [host1, host4], backend: [host2, host5]}')}
sequence: {$frontend: [$colo.na, $colo.sea], $backend: [$colo.sea, $colo.na]}`,
      [
        '$frontend: $frontend & $colo.na(host1) → $frontend & $colo.sea(host4)',
        '$backend: $backend & $colo.sea(host5) → $backend & $colo.na(host2)',
      ],
    ],
    [
      'PG-5: lists with names are independent threads',
      'tag: {south: ["host[3-4]"], north: ["host[1-2]"]}\nsequence: {a: [$south, $north], b: [host6, host5]}',
      ['a: $south(host3 host4) → $north(host1 host2)', 'b: host6(host6) → host5(host5)'],
    ],
    [
      'PG-6: hosts by their names, without any tag',
      'tag:\nsequence:\n  - host3\n  - host2\n  - host1\n',
      ['sequence: host3(host3) → host2(host2) → host1(host1)'],
    ],
    [
      'tags in each other: only the nodes of all of them',
      `${COLOS.replace('}}', '}, f: [host1, host2], g: [host2]}')}sequence: {$f: {deep: {$g: [$colo.na]}}}`,
      ['$f.deep.$g: $f & $g & $colo.na(host2)'],
    ],
    [
      'a node that two steps of a thread name is in the first of them: a canary, and all others',
      `${COLOS}sequence: [host2, $colo]`,
      ['sequence: host2(host2) → $colo(host1 host3 host4 host5 host6)'],
    ],
  ])('%s', (_title, text, lines) => {
    expect(drawn(rules(text, SIX))).toEqual(lines);
  });

  test('PG-3: a slot without targets is skipped, and so are hosts that are no targets', () => {
    const text = 'tag: {one: ["h[1-3]"], two: ["h[4-6]"], three: ["h[7-9]"]}\nsequence: [$one, $two, $three]';
    expect(drawn(rules(text, nodesOf('h9', 'h8', 'h7', 'h[1-3]')))).toEqual([
      'sequence: $one(h1 h2 h3) → $three(h9 h8 h7)',
    ]);
  });

  test('PG-7: of the hosts of a file only the targets are there', () => {
    expect(drawn(rules('sequence: [host3, host2, host1]', nodesOf('host1', 'host2')))).toEqual([
      'sequence: host2(host2) → host1(host1)',
    ]);
  });

  test('PG-12: per a tag: one order for each of its values, and one for the nodes that have none', () => {
    const text = `${COASTS}sequence: {inner: {steps: [$backend, $frontend], per: coast, require: finished, pause: 30s}}`;
    const found = rules(text, nodesOf('foo13.east', 'bar3.east', 'foo13.west', 'bar3.west'));
    expect(drawn(found)).toEqual([
      'inner of east: $backend of east(bar3.east) → $frontend of east(foo13.east)',
      'inner of west: $backend of west(bar3.west) → $frontend of west(foo13.west)',
    ]);
    expect(found.threads[0]).toMatchObject({ require: 'finished', pause: { ms: 30_000 } });
    const lost = rules(
      text.replace("'bar[1-10].west'", 'bar1, foo1').replace('"foo1"', 'foo1'),
      nodesOf('bar1'),
    );
    expect(drawn(lost)).toEqual(['inner of no coast: $backend of no coast(bar1)']);
  });
});

describe('limits', () => {
  test.each<[string, string, readonly string[]]>([
    ['PG-2: of a value', '$colo.na: {max_parallel: 3}', ['3 of colo.na: host1 host2 host3']],
    [
      'PG-9: of a tag: one budget for each of its values',
      '$colo: {max_parallel: 2}',
      ['2 of colo.na: host1 host2 host3', '2 of colo.sea: host4 host5 host6'],
    ],
    [
      'tags in each other: the nodes of all of them, for each value of those that have some',
      '$f: {$colo: {max_parallel: 1}, $colo.na: {max_parallel: 2}}',
      ['1 of f & colo.na: host1 host2', '1 of f & colo.sea: host4', '2 of f & colo.na: host1 host2'],
    ],
    [
      'per a tag: one budget for each of its values',
      '$f: {max_parallel: 50%, per: colo}',
      ['1 of f of na: host1 host2', '1 of f of sea: host4'],
    ],
    [
      'per a tag: nodes without a value are held as well, since nobody wants them all down',
      '$f: {max_parallel: 1, per: g}',
      ['1 of f of x: host1', '1 of f of no g: host2 host4'],
    ],
    [
      'a limit of its own beside those within',
      '$f: {max_parallel: 2, $g: {max_parallel: 1}}',
      ['2 of f: host1 host2 host4', '1 of f & g.x: host1'],
    ],
  ])('%s', (_title, constraint, lines) => {
    const tags = COLOS.replace('}}', '}, f: [host1, host2, host4], g: {x: [host1]}}');
    expect(drawn(rules(`${tags}constraint: {${constraint}}`, SIX))).toEqual(lines);
  });

  test.each([
    ['25%', 101, 25],
    ['15%', 20, 3],
    ['15%', 3, 1],
    ['1%', 10, 1],
    ['100%', 7, 7],
    ['7', 3, 7],
  ])('PG-13: %s of %i nodes are %i', (max, count, found) => {
    const text = `tag: {all: ["h[1-${count}]"]}\nconstraint: {$all: {max_parallel: ${max}}}`;
    expect(rules(text, nodesOf('h1')).limits).toMatchObject([{ max: found, nodes: ['[root@h1:22]'] }]);
  });

  test('PG-12: a percentage is one of the whole tag, whether its hosts are targets or not', () => {
    const text = `${COASTS}constraint: {$frontend: {max_parallel: 25%, per: coast}, $backend: {max_parallel: 1}}`;
    const found = rules(text, nodesOf('foo13.east', 'bar3.east', 'foo[1-200].west'));
    expect(found.limits.map(({ name, max, nodes }) => `${max} of ${name}: ${nodes.length}`)).toEqual([
      '25 of frontend of east: 1',
      '25 of frontend of west: 101',
      '1 of backend: 1',
    ]);
  });

  test('a percentage counts the targets that a pattern covers, too, and no host twice', () => {
    const text = 'tag: {a: ["*.x", n1.x, N1.x, "n[1-2].x"]}\nconstraint: {$a: {max_parallel: 50%}}';
    expect(rules(text, nodesOf('n[1-9].x', 'n1.y')).limits).toMatchObject([{ max: 4 }]);
  });
});

describe('tags', () => {
  const members = (text: string, tag: string, around = {}) =>
    drawn(rules(`${text}\nsequence: [${tag}]`, nodesOf('host[1-20]', 'foo', 'bar'), around))
      .map((line) => line.replace(/^.*\(|\)$/g, ''))
      .join();

  test('PG-10: dotted keys are tables in each other, and a tag has the hosts of all its values', () => {
    const text = 'tag: {colo.usa: [host1], colo.mexico: [host2]}';
    expect(members(text, '$colo')).toBe('host1 host2');
    expect(members(text, '$colo.mexico')).toBe('host2');
    expect(members('tag: {colo: {us: {ca: [host1], ny: host2}}}', '$colo.us')).toBe('host1 host2');
  });

  test('PG-10: a program prints the hosts of a tag', () => {
    const text = 'tag: {ext: $Example bonk schtonk, more: [$Example, host1]}\nplugins: {Example: ./example}';
    const printed = { 'Example bonk schtonk': ['foo', 'bar'], Example: ['host2'] };
    expect(members(text, '$ext', { printed })).toBe('foo bar');
    expect(members(text, '$more', { printed })).toBe('host1 host2');
  });

  test.each([
    ['"host[1-2]"', 'host1 host2'],
    ['"host[3,4]"', 'host3 host4'],
    ['"host[8,10,13]"', 'host8 host10 host13'],
    ['"host{11,12}", "host[11-13]"', 'host11 host12 host13'],
    ['"host[1-9]!host[2-9]"', 'host1'],
    ['"host[1-5]", "!host3"', 'host1 host2 host4 host5'],
    ['"*2"', 'host2 host12'],
    ['root@host1, "bob@host2", "host3:22", "host4:23"', 'host1 host3'],
  ])('PG-11: hosts are written as targets are: [%s]', (list, hosts) => {
    expect(members(`tag: {a: [${list}]}`, '$a')).toBe(hosts);
  });

  test('groups and labels are tags too, and those of the file come first', () => {
    const groups =
      'groups: {web: [host1, host2], db: [host3], odd.name: [foo]}\nlabels: {dc: {east: ["*2", host9], w: [host4]}}';
    const read = (text: string, tag: string) => members(text, tag, { groups });
    expect(read('', '$web')).toBe('host1 host2');
    expect(read('tag: {web: [host9]}', '$web')).toBe('host9');
    expect(read('tag: {all: ["@web", "@db"]}', '$all')).toBe('host1 host2 host3');
    expect(read('', '$dc')).toBe('host2 host4 host9 host12');
    expect(read('', '$dc.east')).toBe('host2 host9 host12');
    expect(read('', '$odd.name')).toBe('foo');
    const limits = 'constraint: {$dc: {max_parallel: 1}, $web: {max_parallel: 1, per: dc}}';
    expect(drawn(rules(limits, nodesOf('host[1-4]'), { groups }))).toEqual([
      '1 of dc.east: host2',
      '1 of dc.w: host4',
      '1 of web of east: host2',
      '1 of web of no dc: host1',
    ]);
  });
});

test('PG-18: what is empty asks for nothing', () => {
  for (const text of [
    '',
    '{}',
    'tag:\nsequence:\nconstraint:\nhooks:\nretry:\nplugins:\n',
    'tag: {a: , b: []}',
  ])
    expect(rules(text, SIX), text).toEqual({
      threads: [],
      limits: [],
      onFailure: 'hold',
      unreachable: 'fail',
      maxFailures: undefined,
      retry: undefined,
    });
});

test('the policies of a file: failures, retries, nodes out of reach', () => {
  const text = 'retry: {times: 1, delay: 5s}\non_failure: release\nmax_failures: 40%\nunreachable: skip';
  expect(rules(text, SIX)).toMatchObject({
    retry: { times: 1, delayMs: 5_000 },
    onFailure: 'release',
    maxFailures: 2,
    unreachable: 'skip',
  });
});
