import { expect, test } from 'vitest';
import { ROLLOUT_LIMITS } from '../../../src/core/limits/rollout.ts';
import { otherLimits } from '../../other-limits.ts';
import { nodesOf, refusal } from './given.ts';

otherLimits(ROLLOUT_LIMITS, { hostsMax: 9, placesMax: 20, limitsMax: 3, mistakesMax: 2 });

const VALUES = 'tag: {a: {v: ["h[1-8]"], w: [h1]}, b: {v: [h1], w: [h1]}}\n';

test.each([
  ['hosts', 'tag: {a: ["h[1-8]"], b: ["g[1-2]"]}', 'the rollout file names more than 9 hosts'],
  [
    'places',
    'tag: {a: ["h[1-8]"]}\nsequence: {x: [$a], y: [$a], z: [$a]}',
    'the rollout file has more than 20 places for hosts in slots and limits',
  ],
  ['limits', `${VALUES}constraint: {$a: {$b: {max_parallel: 1}}}`, 'r.yaml:2:23: more than 3 limits'],
])('a rollout file that asks for too many %s is refused', (_what, text, message) => {
  expect(refusal(text, nodesOf('h1'))).toEqual([message]);
});

test('of very many mistakes the first are told, and how many more there are, hosts among them', () => {
  expect(refusal('tag: {a: ["h[", "h[", "h[", "h["]}')).toEqual([
    "r.yaml:1:11: '[' is not closed, at character 2, in target 'h['",
    "r.yaml:1:17: '[' is not closed, at character 2, in target 'h['",
    'and 2 more',
  ]);
  expect(refusal('a: 1\nb: 1\nc: 1\nd: 1\n')).toEqual([
    "r.yaml:1:1: 'a' is not known here",
    "r.yaml:2:1: 'b' is not known here",
    'and 2 more',
  ]);
});
