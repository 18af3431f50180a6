import { describe, expect, test } from 'vitest';
import { type Node, nodeId } from '../../../src/core/node.ts';
import { placeOf, targetsOf } from '../../../src/jobs/places.ts';
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
    expect(targetsOf([{ name: 'site', ...config }])).toEqual([target]);
  });

  test('sites of one host are one target', () => {
    expect(
      targetsOf([
        { name: 'a', host: 'web1' },
        { name: 'b', host: 'web1' },
      ]),
    ).toEqual(['web1']);
  });

  test.each(['-oProxyCommand=x', '@web', './hosts', 'web[1-3]', 'a b', '', 'web1;reboot'])(
    'a host %j is refused, with the name of its site',
    (host) => {
      expect(() => targetsOf([{ name: 'shop', host }])).toThrow(/^site 'shop': host .*: /);
    },
  );
});

describe('the node of a site', () => {
  const nodes = [node('web1', 'root', 'web1'), node('ann@web2:2222', 'ann', 'web2', 2222)];

  test('it is the one of its target', () => {
    expect(placeOf({ name: 'a', host: 'ann@web2:2222' }, nodes)).toEqual({ node: nodes[1], number: 1 });
  });

  test('it is found where the same node was named in another way', () => {
    expect(placeOf({ name: 'a', host: 'WEB1', user: 'root' }, nodes).number).toBe(0);
    expect(placeOf({ name: 'a', host: 'web2' }, nodes).number).toBe(1);
  });

  test('a site whose host is not locked is refused', () => {
    expect(() => placeOf({ name: 'a', host: 'web3' }, nodes)).toThrow(
      "site 'a': the lock is not held on its host",
    );
    expect(() => placeOf({ name: 'a', host: 'web1', user: 'bob' }, nodes)).toThrow('not held');
  });
});
