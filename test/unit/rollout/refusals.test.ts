import { describe, expect, test } from 'vitest';
import { nodesOf, refusal } from './given.ts';

const TAGS = 'tag: {a: [a1], b: [b1], c: {x: [c1], y: [c2]}}\n';

describe('R6: a rollout file is refused, with file, line and column', () => {
  test.each<[string, string]>([
    ['colour: red', "r.yaml:1:1: 'colour' is not known here"],
    ['tag: {a: [h1]}\napp: {}', "r.yaml:2:1: 'app' is not known here"],
    ['hooks: {befor: x}', "r.yaml:1:9: 'befor' is not known here"],
    ['hooks: {before: 1}', "r.yaml:1:17: '1' is no command"],
    ['hooks: x', 'r.yaml:1:8: hooks is a table, as in hooks: {name: value}'],
    ['retry: {times: many}', "r.yaml:1:16: 'many' is no number from 0 to 100"],
    ['retry: {times: 1, delay: soon}', "r.yaml:1:26: 'soon' is no time, such as 30s, 5m or 1h"],
    ['retry: {delay: 1s}', 'r.yaml:1:8: nothing is no number from 0 to 100'],
    ['on_failure: hope', "r.yaml:1:13: 'hope' is none of hold, release, stop"],
    ['unreachable: [fail]', 'r.yaml:1:14: a list is none of fail, skip'],
    ['max_failures: 0', "r.yaml:1:15: '0' is no number of nodes from 1, and no percentage from 1% to 100%"],
    ['[a, b]', 'r.yaml:1:1: a rollout file is a table, as in key: {name: value}'],
    ['a: b: c', 'r.yaml:1:4: Nested mappings are not allowed in compact mappings'],
    ['tag: {a: [h1], a: [h2]}', 'r.yaml:1:16: Map keys must be unique'],
    ['tag: &t\n  a: *t', 'r.yaml:2:6: the alias t stands inside the node that it names'],
    ['tag: *t', 'r.yaml: Unresolved alias (the anchor must be set before the alias): t'],
  ])('%s', (text, message) => {
    expect(refusal(text)).toEqual([message]);
  });

  test.each<[string, string]>([
    ['tag: x', 'r.yaml:1:6: tag is a table, as in tag: {name: value}'],
    ['tag: {"a b": [h1]}', "r.yaml:1:7: 'a b' is no name of a tag"],
    ['tag: {a: [10]}', "r.yaml:1:11: '10' is no host"],
    ['tag: {a: [[h1]]}', 'r.yaml:1:11: a list is no host'],
    [
      'tag: {a: ["h[3-1]"]}',
      "r.yaml:1:11: the range ends before it begins, at character 3, in target 'h[3-1]'",
    ],
    ['tag: {a: ["h;id"]}', "r.yaml:1:11: the host has characters that no host name has, in target 'h;id'"],
    ['tag: {a: [$Racks row7]}', "r.yaml:1:11: '$Racks' is none of the plugins"],
    ['tag: {a: {b: [h1]}, a.b: [h2]}', "r.yaml:1:21: the tag 'a.b' stands twice"],
    ['tag: {a: [h1], a.b: [h2]}', "r.yaml:1:16: the tag 'a' has hosts, and so no values"],
    ['tag: {a.b: [h2], a: [h1]}', "r.yaml:1:18: the tag 'a' has values, and so no hosts of its own"],
    ['plugins: {Racks: [a]}', 'r.yaml:1:18: a list is no program of this machine'],
    ['tag: {a: ["@web"]}\nsequence: [$a]', "r.yaml:1:11: there is no group @web, in target '@web'"],
  ])('of its tags: %s', (text, message) => {
    expect(refusal(text)).toEqual([message]);
  });

  test.each<[string, string]>([
    ['sequence: [$d]', "r.yaml:2:12: there is no tag 'd'"],
    ['sequence: [$c.z]', "r.yaml:2:12: there is no tag 'c.z'"],
    ['sequence: {$d: [a1]}', "r.yaml:2:12: there is no tag 'd'"],
    ['sequence: {t: {steps: [$a], per: d}}', "r.yaml:2:34: there is no tag 'd'"],
    ['sequence: {t: {steps: [$a], per: b}}', 'r.yaml:2:34: the tag b has no values'],
    ['sequence: {t: {steps: [$a], require: luck}}', "r.yaml:2:38: 'luck' is none of success, finished"],
    ['sequence: {t: {steps: [$a], pause: long}}', "r.yaml:2:36: 'long' is no time, such as 30s, 5m or 1h"],
    ['sequence: {t: {steps: [$a], wait: 1}}', "r.yaml:2:29: 'wait' is not known here"],
    ['sequence: {t: [{steps: [$a]}]}', 'r.yaml:2:16: a table is no step'],
    ['sequence: [$]', "r.yaml:2:12: '$' is no name of a tag"],
    ['sequence: ["!a1"]', "r.yaml:2:12: '!a1' leaves nodes out, and a step names some"],
    ['sequence: ["h[1-"]', "r.yaml:2:12: '[' is not closed, at character 2, in target 'h[1-'"],
  ])('of its sequences: %s', (text, message) => {
    expect(refusal(TAGS + text)).toEqual([message]);
  });

  test.each<[string, string]>([
    ['constraint: {$d: {max_parallel: 1}}', "r.yaml:2:14: there is no tag 'd'"],
    ['constraint: {a: {max_parallel: 1}}', "r.yaml:2:14: 'a' is not known here"],
    ['constraint: {$a: {}}', 'r.yaml:2:18: a constraint without max_parallel'],
    ['constraint: {$a: 3}', "r.yaml:2:18: '3' is no limit"],
    ['constraint: {$a: {max_paralel: 1}}', "r.yaml:2:19: 'max_paralel' is not known here"],
    ['constraint: [{$a: 1}]', 'r.yaml:2:13: constraint is a table, as in constraint: {name: value}'],
    ['constraint: {$a: {max_parallel: 1, per: b}}', 'r.yaml:2:41: the tag b has no values'],
    ...['0', '0%', '101%', 'abc', '-1', '1.5', '2 %', '[1]', 'true'].map((max): [string, string] => {
      const shown = max === '[1]' ? 'a list' : `'${max}'`;
      return [
        `constraint: {$a: {max_parallel: ${max}}}`,
        `r.yaml:2:33: ${shown} is no number of nodes from 1, and no percentage from 1% to 100%`,
      ];
    }),
  ])('PG-18: of its constraints: %s', (text, message) => {
    expect(refusal(TAGS + text)).toEqual([message]);
  });

  test('a cycle, which is shown with hosts that it holds', () => {
    expect(refusal(`${TAGS}sequence: {one: [$a, $b], two: [$b, $a]}`)).toEqual([
      'r.yaml:2:18: the sequences wait for each other: $a → $b → $a (b1, a1)',
    ]);
    const longer = 'sequence:\n  - [h1, h2, h3]\n  - [h3, h4]\n  - [h0, h4, h5]\n  - [h5, h2]\n';
    expect(refusal(longer)).toEqual([
      'r.yaml:2:10: the sequences wait for each other: h2 → h3 → h4 → h5 → h2 (h3, h4, h5, h2)',
    ]);
    expect(refusal(longer.replace('- [h5, h2]', '- [h2, h5]'))).toEqual([]);
  });

  test('several mistakes, all of them together', () => {
    expect(refusal('tag: {a: [10, "h["]}\nconstraint: {$a: {max_parallel: 0}}\nx: 1')).toEqual([
      "r.yaml:3:1: 'x' is not known here",
      "r.yaml:1:11: '10' is no host",
      "r.yaml:1:15: '[' is not closed, at character 2, in target 'h['",
      "r.yaml:2:33: '0' is no number of nodes from 1, and no percentage from 1% to 100%",
    ]);
  });
});

describe('what asks for too much is refused', () => {
  test.each([
    ['lists in each other', '['.repeat(100_000), /^r\.yaml:1:\d+: nested more than 100 deep$/],
    [
      'values of values of values',
      `tag: {${'a.'.repeat(100_000)}a: [h1]}`,
      /^r\.yaml:1:7: .* is no name of a tag$/,
    ],
    ['aliases that multiply', bomb(), /^r\.yaml: Excessive alias count/],
  ])('%s', (_what, text, message) => {
    expect(refusal(text, nodesOf('h1'))).toEqual([expect.stringMatching(message)]);
  });

  test('a thousand keys are no trouble', () => {
    const tags = repeated((at) => `t${at}: [h${at}]`, 1_000);
    expect(refusal(`tag: {${tags}}\nsequence: [$t7, $t700]`, nodesOf('h7'))).toEqual([]);
  });
});

function repeated(text: (at: number) => string, times: number): string {
  return Array.from({ length: times }, (_, at) => text(at)).join(', ');
}

function bomb(): string {
  const layers = Array.from({ length: 9 }, (_, at) => `x${at + 1}: &x${at + 1} [${`*x${at}, `.repeat(9)}]`);
  return `x0: &x0 [h]\n${layers.join('\n')}`;
}
