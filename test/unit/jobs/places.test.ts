import { describe, expect, test } from 'vitest';
import { type Node, nodeId } from '../../../src/core/node.ts';
import { placeOf, targetOf, textOf } from '../../../src/jobs/sites/places.ts';
import type { Site } from '../../../src/jobs/types.ts';

const node = (given: string, user: string, host: string, port = 22): Node => ({
  id: nodeId(user, host, port),
  user,
  host,
  port,
  given,
});

describe('the hosts of sites as targets', () => {
  test.each<[Omit<Site, 'name'>, string]>([
    [{ host: 'web1' }, 'web1'],
    [{ host: 'web1', user: 'ann', port: 2222 }, 'ann@web1:2222'],
    [{ host: 'ann@web1:2222' }, 'ann@web1:2222'],
    [{ host: 'ann@web1:2222', user: 'bob', port: 22 }, 'bob@web1:22'],
    [{ host: '[::1]:2222' }, '[::1]:2222'],
    [{ host: '::1', user: 'ann' }, 'ann@[::1]'],
  ])('%j: %s', (config, target) => {
    expect(textOf(targetOf({ name: 'site', ...config }))).toBe(target);
  });

  test.each(['-oProxyCommand=x', '@web', './hosts', 'web[1-3]', 'a b', '', 'web1;reboot'])(
    'a host %j is refused, with the name of its site',
    (host) => {
      expect(() => targetOf({ name: 'shop', host })).toThrow(/^site 'shop': host .*: /);
    },
  );
});

test('the place of a node is among those of a run, however its name is written; of a stranger there is none', () => {
  const nodes = [node('web1', 'root', 'web1'), node('ann@web2:2222', 'ann', 'web2', 2222)];
  expect(placeOf(node('x', 'ann', 'web2', 2222), nodes)).toEqual({ node: nodes[1], number: 1 });
  expect(placeOf(node('x', 'root', 'WEB1'), nodes)?.number).toBe(0);
  expect(placeOf(node('x', 'bob', 'web1'), nodes)).toBeUndefined();
});
