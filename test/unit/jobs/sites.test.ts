import { describe, expect, test } from 'vitest';
import { Jobs } from '../../../src/jobs/schedules/jobs.ts';
import { Sites } from '../../../src/jobs/sites/sites.ts';

const ACTION = "an action of the job 'deploy' is a function, and not a string";
const ACTION_OBJECT = "an action of the job 'deploy' is a function, and not an object";

describe('PL-1', () => {
  test('PL-1: a site is known by its name, and has a role of its own', () => {
    const sites = new Sites();
    sites.add('www.example.com');
    expect(sites.get('www.example.com')).toEqual({ name: 'www.example.com' });
    expect(sites.list('www.example.com')).toEqual(['www.example.com']);
  });

  test('PL-1: a site keeps its name, whatever its configuration says', () => {
    const sites = new Sites();
    sites.add('host1', null, { name: 'x1', site: 'x1' });
    expect(sites.get('host1')).toEqual({ name: 'host1', site: 'x1' });
    sites.update('host1', { name: 'x2' });
    sites.add('host1', { name: 'x3' }, (_existing, config) => config);
    expect(sites.get('host1')?.name).toBe('host1');
    expect(sites.get('x1')).toBe(null);
  });

  test('PL-1: what is given and what is got are copies', () => {
    const sites = new Sites();
    const config = { module: { a: [1] }, path: '/srv' };
    sites.add(['a', 'b'], config);
    config.module.a.push(2);
    const copy = sites.get('a') as unknown as typeof config;
    copy.module.a.push(3);
    copy.path = '/tmp';
    expect(sites.get('a')).toEqual({ name: 'a', module: { a: [1] }, path: '/srv' });
    expect(sites.get('b')).toEqual({ name: 'b', module: { a: [1] }, path: '/srv' });
  });

  test('PL-1: an update makes no site', () => {
    const sites = new Sites();
    sites.add(['www1', 'www2'], 'www');
    sites.update(['www1', 'www2', 'www3'], { port: 8080 });
    expect(sites.get('www1')).toEqual({ name: 'www1', port: 8080 });
    expect(sites.get('www3')).toBe(null);
    expect(sites.list('www')).toEqual(['www1', 'www2']);
  });

  test('PL-1: a role is no site, until one is added by its name', () => {
    const sites = new Sites();
    sites.add('x', 'role');
    expect(sites.get('role')).toBe(null);
    sites.add('role');
    expect(sites.get('role')).toEqual({ name: 'role' });
    expect(sites.list('role')).toEqual(['x', 'role']);
  });
});

test('PL-2: roles are added to sites that are there, and lists are cut by a filter', () => {
  const sites = new Sites();
  sites.add(['x', 'y'], ['www', ['db', 'app']]);
  sites.update('x', 'beta');
  expect(sites.list('beta')).toEqual(['x']);
  expect(sites.list('www', 'beta')).toEqual(['x']);
  sites.update('k', 'beta');
  expect(sites.list('beta')).toEqual(['x']);
  sites.add('k', 'beta');
  expect(sites.list('beta')).toEqual(['x', 'k']);
  expect(sites.list('www', 'beta')).toEqual(['x']);
  expect(sites.list(['db', 'app', 'k'])).toEqual(['x', 'y', 'k']);
  expect([sites.list('nobody'), sites.list(null), sites.list([])]).toEqual([[], [], []]);
});

test('PL-3: a key takes the place of the one before, unless somebody merges them', () => {
  const sites = new Sites();
  const push = (existing: Record<string, unknown>, config: Record<string, unknown>) => {
    for (const [key, value] of Object.entries(config)) {
      const list = existing[key];
      if (Array.isArray(list)) list.push(value);
      else existing[key] = value;
    }
  };
  sites.add('x', { module: { a: 1, b: 2 } });
  sites.update('x', { module: { c: 3 } });
  expect(sites.get('x')).toEqual({ name: 'x', module: { c: 3 } });
  sites.add(['a', 'b'], { list: [1, 2] });
  sites.update('a', null, { list: 3 }, push);
  sites.update('b', null, { list: 3 });
  expect([sites.get('a')?.list, sites.get('b')?.list]).toEqual([[1, 2, 3], 3]);
});

test('a merge that throws changes no site', () => {
  const sites = new Sites();
  sites.add(['a', 'b'], { list: [1] });
  const merge = (existing: Record<string, unknown>) => {
    if (existing.name === 'b') throw new Error('no');
    return {};
  };
  expect(() => sites.update(['a', 'b'], 'new', { x: 1 }, merge)).toThrow('no');
  expect([sites.get('a'), sites.list('new')]).toEqual([{ name: 'a', list: [1] }, []]);
});

test('functions, streams and circles in a configuration stay what they are, and no key is special', () => {
  const sites = new Sites();
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const when = new Date(0);
  sites.add('__proto__', JSON.parse('{"__proto__": {"polluted": true}}'));
  sites.add('constructor', { hook: Math.max, when, circle });
  const got = sites.get('constructor') as unknown as { hook: unknown; when: unknown; circle: typeof circle };
  expect([got.hook, got.when]).toEqual([Math.max, when]);
  expect(got.circle.self).toBe(got.circle);
  expect(sites.list('toString')).toEqual([]);
  expect(({} as Record<string, unknown>).polluted).toBe(undefined);
  expect(sites.names()).toEqual(['__proto__', 'constructor']);
});

test.each<[string, () => unknown, string]>([
  [
    'a name that is none',
    () => new Sites().add(7 as never),
    'the name of a site is a text, and not a number',
  ],
  ['an empty name', () => new Sites().add(''), "'' cannot be the name of a site"],
  [
    'a name that would break a line of a log',
    () => new Sites().add('a\nb'),
    "'a\\u{a}b' cannot be the name of a site",
  ],
  [
    'a configuration that is none',
    () => new Sites().add('a', 'r', 5 as never),
    'the configuration of a site is an object, and not a number',
  ],
  ['an action that is no function', () => new Jobs().add('deploy', 'web', 'true' as never), ACTION],
  ['one that is none among others', () => new Jobs().add('deploy', [() => {}, {}] as never), ACTION_OBJECT],
  [
    'a job without a name',
    () => new Jobs().add(undefined as never),
    'the name of a job is a text, and not undefined',
  ],
])('%s is refused as it is added, with usage', (_what, add, message) => {
  expect(add).toThrow(expect.objectContaining({ code: 'usage', message }));
});
