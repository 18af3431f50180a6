import type { LookupAddress, LookupOptions } from 'node:dns';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { Names } from '../../../src/ssh/names.ts';

/** A resolver that answers when it is let, and counts. */
function resolver(fails = 0) {
  const seen = { asked: [] as string[], atOnce: 0, atOnceMax: 0 };
  const lookUp = async (name: string, { family }: { family: number }): Promise<LookupAddress[]> => {
    seen.asked.push(name);
    seen.atOnceMax = Math.max(seen.atOnceMax, ++seen.atOnce);
    await new Promise(setImmediate);
    seen.atOnce--;
    if (seen.asked.length <= fails) throw Object.assign(new Error('no'), { code: 'EAI_AGAIN' });
    return [{ address: family === 6 ? '::1' : '127.0.0.1', family: family === 6 ? 6 : 4 }];
  };
  return { seen, names: new Names(lookUp) };
}

const ask = (names: Names, name: string, options: LookupOptions = {}) =>
  new Promise<unknown>((resolve, reject) => {
    names.lookup(name, options, (error, address) => (error ? reject(error) : resolve(address)));
  });

describe('the names of hosts', () => {
  test('are looked up once each, for all who ask, whenever they ask', async () => {
    const { names, seen } = resolver();
    expect(await Promise.all([ask(names, 'a'), ask(names, 'a'), ask(names, 'b')])).toEqual(
      Array(3).fill('127.0.0.1'),
    );
    expect(await ask(names, 'a', { all: true })).toEqual([{ address: '127.0.0.1', family: 4 }]);
    expect(await ask(names, 'a', { family: 6 })).toBe('::1');
    expect(seen.asked).toEqual(['a', 'b', 'a']);
  });

  test('are looked up only so many at a time', async () => {
    const { names, seen } = resolver();
    await Promise.all(Array.from({ length: 300 }, (_, at) => ask(names, `node${at}`)));
    expect([seen.asked.length, seen.atOnceMax]).toEqual([300, LIMITS.lookupsAtOnce]);
  });

  test('that were not found may be found by the next attempt', async () => {
    const { names } = resolver(1);
    await expect(ask(names, 'a')).rejects.toMatchObject({ code: 'EAI_AGAIN' });
    expect(await ask(names, 'a')).toBe('127.0.0.1');
  });
});
