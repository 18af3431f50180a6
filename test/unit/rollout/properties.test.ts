import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import { anyText } from '../../any-text.ts';
import { often } from '../../often.ts';
import { nodesOf, rules } from './given.ts';

const HOSTS = Array.from({ length: 7 }, (_, at) => `h${at}`);
/** `c.x` and `c.y` are values of `c`. */
const TAGS = ['a', 'b', 'c.x', 'c.y'] as const;
const REFS = [...TAGS, 'c'];

const someHosts = fc.uniqueArray(fc.constantFrom(...HOSTS), { maxLength: 4 });
const step = fc.oneof(
  fc.constantFrom(...REFS).map((tag) => `$${tag}`),
  fc.constantFrom(...HOSTS),
);
const thread = fc.record({
  steps: fc.array(step, { maxLength: 4 }),
  within: fc.option(fc.constantFrom(...REFS), { nil: undefined }),
  isPer: fc.boolean(),
});
const limit = fc.record({
  of: fc.uniqueArray(fc.constantFrom(...REFS), { minLength: 1, maxLength: 2 }),
  max: fc.oneof(
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 100 }).map((part) => `${part}%`),
  ),
  isPer: fc.boolean(),
});
const asked = fc.record({
  tags: fc.record({ a: someHosts, b: someHosts, 'c.x': someHosts, 'c.y': someHosts }),
  threads: fc.array(thread, { maxLength: 3 }),
  limits: fc.array(limit, { maxLength: 3 }),
  targets: someHosts,
});
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

/** JSON is YAML. */
function fileOf({ tags: { a, b, ...values }, threads, limits }: Asked): string {
  const nested = (of: readonly string[], inner: unknown): unknown =>
    of.reduceRight<unknown>((inside, tag) => ({ [`$${tag}`]: inside }), inner);
  return JSON.stringify({
    tag: { a, b, ...values },
    sequence: Object.fromEntries(
      threads.map(({ steps, within, isPer }, at) => {
        const inner = { steps, ...(isPer ? { per: 'c' } : {}) };
        return [`t${at}`, within === undefined ? inner : { [`$${within}`]: inner }];
      }),
    ),
    // Equal tags would be one key.
    constraint: Object.assign(
      {},
      ...limits.map(({ of, max, isPer }) =>
        nested(of, { max_parallel: max, ...(isPer ? { per: 'c' } : {}) }),
      ),
    ),
  });
}

/** The same by lists of names, as slowly as it likes. */
class Model {
  readonly #asked: Asked;

  constructor(given: Asked) {
    this.#asked = given;
  }

  members(ref: string): string[] {
    const { tags } = this.#asked;
    const all = ref === 'c' ? [...tags['c.x'], ...tags['c.y']] : (tags[ref as keyof typeof tags] ?? [ref]);
    return [...new Set(all)];
  }

  /** Each thread as lists of hosts. */
  threads(): string[][][] {
    return this.#asked.threads.flatMap(({ steps, within, isPer }) => {
      const seen: string[] = [];
      const slots = steps.map((one) => {
        const named = this.members(one.replace('$', ''));
        const own = named.filter((host) => within === undefined || this.members(within).includes(host));
        const fresh = own.filter((host) => !seen.includes(host));
        seen.push(...fresh);
        return fresh;
      });
      return this.parts(isPer).map((part) => slots.map((slot) => slot.filter(part)));
    });
  }

  parts(isPer: boolean): ((host: string) => boolean)[] {
    if (!isPer) return [() => true];
    const [x, y] = [this.members('c.x'), this.members('c.y')];
    return [(host) => x.includes(host), (host) => y.includes(host), (host) => ![...x, ...y].includes(host)];
  }

  /** `h1 h2`: h2 waits for h1, as far as these hosts are there. */
  pairs(hosts: readonly string[]): Set<string> {
    const found = new Set<string>();
    for (const slots of this.threads())
      for (const [at, slot] of slots.entries())
        for (const later of slots.slice(at + 1).flat())
          for (const host of slot)
            if (hosts.includes(host) && hosts.includes(later)) found.add(`${host} ${later}`);
    return found;
  }

  hasCycle(): boolean {
    const before = this.pairs(HOSTS);
    for (const by of HOSTS)
      for (const from of HOSTS)
        for (const to of HOSTS)
          if (before.has(`${from} ${by}`) && before.has(`${by} ${to}`)) before.add(`${from} ${to}`);
    return HOSTS.some((host) => before.has(`${host} ${host}`));
  }

  limits(): string[] {
    const { limits, targets } = this.#asked;
    const last = new Map(limits.map((one) => [one.of[0], one]));
    return [...last.values()]
      .flatMap(({ of, max, isPer }) => {
        const values = of.map((tag) => (tag === 'c' ? ['c.x', 'c.y'] : [tag]));
        const combined = values.reduce<string[][]>(
          (all, next) => all.flatMap((one) => next.map((tag) => [...one, tag])),
          [[]],
        );
        return combined.flatMap((refs) =>
          this.parts(isPer).flatMap((part) => {
            const held = HOSTS.filter(
              (host) => part(host) && refs.every((ref) => this.members(ref).includes(host)),
            );
            const count =
              typeof max === 'number'
                ? max
                : Math.max(1, Math.floor((Number.parseInt(max, 10) * held.length) / 100));
            const there = held.filter((host) => targets.includes(host));
            return there.length === 0 ? [] : [`${count}: ${there.sort().join(' ')}`];
          }),
        );
      })
      .sort();
  }
}

const nameOf = (id: string) => id.replace(/^\[root@|:22\]$/g, '');

test('random files: the order of any two targets, and each limit, are those of a model; or a cycle is refused', () => {
  fc.assert(
    fc.property(asked, (given) => {
      const model = new Model(given);
      const read = () => rules(fileOf(given), nodesOf(...given.targets));
      if (model.hasCycle()) {
        expect(read).toThrow(/wait for each other: .* → /);
        return;
      }
      const { threads, limits } = read();
      const pairs = threads.flatMap(({ slots }) =>
        slots.flatMap(({ nodes }, at) =>
          slots
            .slice(at + 1)
            .flatMap((later) =>
              later.nodes.flatMap((to) => nodes.map((from) => `${nameOf(from)} ${nameOf(to)}`)),
            ),
        ),
      );
      expect(new Set(pairs)).toEqual(model.pairs(given.targets));
      const drawn = limits.map(({ max, nodes }) => `${max}: ${nodes.map(nameOf).sort().join(' ')}`);
      expect(drawn.sort()).toEqual(model.limits());
    }),
    { numRuns: often(100, 10_000) },
  );
});

const VALID = `
tag: {frontend: ['foo[1-9].east', 'foo[1-9].west'], coast: {east: ['*.east'], west: ['*.west']}, rack: $Racks row7}
plugins: {Racks: ./racks.sh}
sequence:
  inner: {steps: [$rack, $frontend], per: coast, require: success, pause: 30s}
  coasts: [$coast.east, $coast.west]
constraint: {$frontend: {max_parallel: 25%, per: coast}, $coast: {max_parallel: 4}}
hooks: {before: ./drain, after: ./undrain, on_failure: ./page}
retry: {times: 1, delay: 5s}
on_failure: hold
max_failures: 10%
`;

test('R6: any text at all is rules, or is refused with a place', () => {
  const change = fc.record({
    at: fc.nat(VALID.length),
    cut: fc.nat(8),
    put: fc.oneof(
      fc.string({ maxLength: 4 }),
      fc.constantFrom('$', '[', '{', ': ', '- ', '\n', '&a ', '*a', '? ', '!!map ', '"', '@web', '!', '0'),
    ),
  });
  const mutated = fc
    .array(change, { maxLength: 4 })
    .map((changes) =>
      changes.reduce((text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut), VALID),
    );
  const nodes = nodesOf('foo[1-3].east', 'bar');
  fc.assert(
    fc.property(fc.oneof(mutated, anyText()), (text) => {
      try {
        rules(text, nodes);
      } catch (error) {
        expect(error).toBeInstanceOf(LockstepError);
        const { code, message, causes } = error as LockstepError;
        expect(code).toBe('usage');
        for (const line of causes.length > 0 ? causes : [message])
          expect(line).toMatch(/^r\.yaml:(?:\d+:\d+:)? /);
      }
    }),
    { numRuns: often(40, 10_000) },
  );
});
