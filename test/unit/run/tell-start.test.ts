/** What a run says of its rollout before anything begins. */
import { expect, test } from 'vitest';
import type { RunEvent } from '../../../src/core/events.ts';
import { rulesOfShortForms } from '../../../src/run/rollout/short-forms.ts';
import { type Beginning, tellStart } from '../../../src/run/rollout/tell-rollout.ts';
import { nodeAt } from './fixtures.ts';

const ALL = ['a', 'b', 'c', 'd'].map((host) => nodeAt(host));
const ids = (hosts: string) => [...hosts].map((host) => nodeAt(host).id);

function said(beginning: Omit<Beginning, 'nodes'>, hosts: string): string | undefined {
  const events: unknown[] = [];
  tellStart({ ...beginning, nodes: ALL.filter(({ host }) => hosts.includes(host)) }, (event) =>
    events.push(event),
  );
  return (events as RunEvent[]).flatMap((event) => (event.type === 'log' ? [event.message] : []))[0];
}

const rules = rulesOfShortForms(
  { canary: '1', batch: '2', order: [], isPlan: false },
  ALL.map(({ id }) => id),
  [
    { name: '@db', nodes: ids('ab') },
    { name: '@web', nodes: ids('cd') },
  ],
);

test.each([
  [
    'abcd',
    'a rollout on 4 nodes: at most 2 at once (--batch); the canary (1), then the rest (3) (--canary); @db (2), then @web (2) (--order)',
  ],
  ['bcd', 'a rollout on 3 nodes: at most 2 at once (--batch); @db (1), then @web (2) (--order)'],
  ['cd', 'a rollout on 2 nodes: at most 2 at once (--batch)'],
  ['d', 'a rollout on 1 node: at most 2 at once (--batch)'],
])(
  'of the rules those are told, with the nodes that count in this run, that can hold up one of %s',
  (hosts, text) => {
    expect(said({ rules }, hosts)).toBe(text);
  },
);

test('a rollout none of whose rules has a node left is told by its size alone', () => {
  const limit = { name: 'db', max: 1, nodes: ids('ab'), onFailure: 'hold' } as const;
  expect(said({ rules: { ...rules, threads: [], limits: [limit] } }, 'cd')).toBe('a rollout on 2 nodes');
});
