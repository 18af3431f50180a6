import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layered } from '../../../src/targets/catalogue.ts';
import { parseGroups } from '../../../src/targets/groups-file.ts';
import { Picker } from '../../../src/targets/pick.ts';
import { resolveTargets } from '../../../src/targets/resolve.ts';
import { asked, filesOf, resolved } from './asked.ts';

const GROUPS = `
groups:
  db: [db1.east, db2.west]
  web: ['web[1-3].east', 'web[1-3].west', '@db']
  few: ['@web', '!web2.east']
  ann: [ann@web1.east]
labels:
  dc:
    east: ['*.east']
    west: ['*.west', far1]
configs: {kept: for later}
`;

const hostsOf = async (hosts: string[], groups = GROUPS) =>
  (await resolved(asked({ hosts }), filesOf({}, groups))).map(({ host }) => host);

describe('a group', () => {
  it.each([
    [['@db'], ['db1.east', 'db2.west']],
    [['@web&@dc=east'], ['web1.east', 'web2.east', 'web3.east', 'db1.east']],
    [['@web&@dc=east!@db'], ['web1.east', 'web2.east', 'web3.east']],
    [['@all&*.west'], ['web1.west', 'web2.west', 'web3.west', 'db2.west']],
    [['@dc=west&far*'], ['far1']],
    [['@few&web2.*'], ['web2.west']],
    [
      ['db1.east', '@db'],
      ['db1.east', 'db2.west'],
    ],
    [['@db', '!db1.east'], ['db2.west']],
    [['!db1.east', '@db'], ['db2.west']],
    [['web[1-3].east!web2.east'], ['web1.east', 'web3.east']],
    [['@db!ann@db1.east'], ['db1.east', 'db2.west']],
    [['ann@db1.east', 'bob@db1.east', '!ann@db1.east'], ['db1.east']],
    [['ann@db1.east', 'bob@db1.east', 'x', '!DB1.east'], ['x']],
  ])('is picked by %j', async (hosts, names) => {
    expect((await hostsOf(hosts)).toSorted()).toEqual(names.toSorted());
  });

  it.each([
    ['@wbe', /-o: there is no group @wbe, in target '@wbe'/],
    ['@dc=north', /the label @dc has no value north/],
    ['@rack=1', /there is no label @rack/],
    ['@', /followed by the name of a group/],
    ['@web&', /nothing stands behind/],
    ['Host n?', /-o: the pattern has characters that no host name has, in target 'Host n\?'/],
    ['ann@web*', /the pattern has characters/],
    ['@db&@ann', /leave none of those named/],
  ])('is refused where it is unknown or written wrongly: %s', async (host, message) => {
    await expect(hostsOf([host])).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(message),
    });
  });

  it('that contains itself is refused with the way round, and its place', async () => {
    const groups = "groups:\n  a: ['@b']\n  b: [x, '@c']\n  c: ['@a']\n";
    await expect(hostsOf(['@a'], groups)).rejects.toMatchObject({
      message: "./lockstep.yaml:4:7: the group contains itself: @a → @b → @c → @a, in target '@a'",
    });
  });

  it('of groups is not counted again and again', async () => {
    const levels = Array.from({ length: 60 }, (_, index) => `  g${index + 1}: ['@g${index}', '@g${index}']`);
    expect(await hostsOf(['@g60'], `groups:\n  g0: [x]\n${levels.join('\n')}\n`)).toEqual(['x']);
  });

  it('is not looked for where no target asks for one, so that a stray file breaks nothing', async () => {
    const files = { ...filesOf({}), readGroups: () => Promise.reject(new Error('was read')) };
    expect((await resolveTargets(asked({ hosts: ['web[1-2]!web2'] }), files)).nodes).toHaveLength(1);
  });

  it('of the directory hides that of the user, name by name', () => {
    const [mine, here] = ['groups: {a: [mine], b: [mine]}', 'groups: {b: [here]}'].map((text) =>
      parseGroups(text, 'f'),
    );
    if (mine === undefined || here === undefined) throw new Error('unreachable');
    const picker = new Picker(layered([mine, here]), () => ({ user: 'me', port: 22 }));
    const pick = (text: string) => picker.pick([{ text, source: '-o' }]).picked.map(({ given }) => given);
    expect([pick('@a'), pick('@b')]).toEqual([['mine'], ['here']]);
  });

  it('leaves out what is left out: of random lists, what a model of sets says', async () => {
    const host = fc.integer({ min: 1, max: 9 }).map((number) => `n${number}`);
    const group = fc.constantFrom('odd', 'low');
    const members = { odd: ['n1', 'n3', 'n5', 'n7', 'n9'], low: ['n1', 'n2', 'n3', 'n4'] };
    const groups = 'groups: {odd: ["n[1-9/2]"], low: ["n[1-4]"]}';
    const term = fc.oneof(
      host.map((name) => ({ text: name, set: [name] })),
      group.map((name) => ({ text: `@${name}`, set: members[name] })),
    );
    const entry = fc.record({
      isOut: fc.boolean(),
      first: term,
      rest: fc.array(fc.record({ keeps: fc.boolean(), term }), { maxLength: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 5 }), async (entries) => {
        const [into, out] = [new Set<string>(), new Set<string>()];
        const hosts = entries.map(({ isOut, first, rest }) => {
          const set = first.set.filter((name) =>
            rest.every(({ keeps, term: { set: other } }) => other.includes(name) === keeps),
          );
          for (const name of set) (isOut ? out : into).add(name);
          const filters = rest.map(({ keeps, term: { text } }) => `${keeps ? '&' : '!'}${text}`).join('');
          return `${isOut ? '!' : ''}${first.text}${filters}`;
        });
        const expected = [...into].filter((name) => !out.has(name)).toSorted();
        if (expected.length === 0)
          await expect(hostsOf(hosts, groups)).rejects.toMatchObject({ code: 'usage' });
        else expect((await hostsOf(hosts, groups)).toSorted()).toEqual(expected);
      }),
    );
  });

  it('and its range, named twice, are one node each; what leaves out nothing is told', async () => {
    const files = filesOf({}, GROUPS);
    const { nodes, again, idle } = await resolveTargets(
      asked({ hosts: ['@db', 'db1.east', '!web9'] }),
      files,
    );
    expect(nodes).toHaveLength(2);
    expect(again.map(({ host }) => host)).toEqual(['db1.east']);
    expect(idle).toEqual([{ text: '!web9', source: '-o' }]);
  });
});

describe('a file of groups', () => {
  it.each([
    ['groups: {web: web1}', "f:1:15: 'groups.web' is no list of targets"],
    ['groups:\n  web: []', "f:2:8: 'groups.web' names nothing"],
    ['groups:\n  web: [web1, 10]', "f:2:15: 'groups.web.1' is no target"],
    ['groups: {}\nhosts: {}', "f:2:1: 'hosts' is not known here"],
    ['groups:\n  "a b": [x]', "f:2:3: 'groups.a b' is no name of a group or label"],
    ['groups: [\n', 'f:2:1: '],
    ['groups:\n  a: [x]\n  a: [y]', 'f:3:3: '],
    ['- web1', 'f:1:1: the file is no table of names'],
  ])('is refused with file, line and column: %j', (text, message) => {
    expect(() => parseGroups(text, 'f')).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(message) }),
    );
  });

  it('may be empty, and keeps what is for later', () => {
    expect(parseGroups('', 'f').groups.size).toBe(0);
    expect(parseGroups('vars: {a: 1}\nconfigs: [x]\n', 'f').groups.size).toBe(0);
  });

  it('with aliases that multiply is refused in time', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [one, other] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg'])
      bomb.push(`${other}: &${other} [${Array(9).fill(`*${one}`).join(', ')}]`);
    expect(() => parseGroups(`vars:\n  ${bomb.join('\n  ')}`, 'f')).toThrow(/^f: /);
  });
});

it('which nodes are in a group is answered for each, by what the group says of them, whoever logs in', async () => {
  const groups = ['@db', 'web[1-2]', 'ann@web3', '@none&web1', '!@db'];
  const text = 'groups: {db: [db1, db2], none: [web9]}';
  const sources = asked({ hosts: ['db2', 'ann@web1', 'web3', 'ann@web3'], groups: listed(groups) });
  const found = await resolveTargets(sources, filesOf({}, text));
  expect([...found.groups].map(([group, nodes]) => [group, nodes.map(({ id }) => id)])).toEqual([
    ['@db', ['[me@db2:22]']],
    ['web[1-2]', ['[ann@web1:22]']],
    ['ann@web3', ['[ann@web3:22]']],
    ['@none&web1', []],
    ['!@db', ['[ann@web1:22]', '[me@web3:22]', '[ann@web3:22]']],
  ]);
});

it('a group that is not there is refused by the option that names it', async () => {
  const sources = asked({ hosts: ['a'], groups: listed(['@typo']) });
  await expect(resolveTargets(sources, filesOf({}, 'groups: {db: [db1]}'))).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/^--sudo-password-for: .*typo/),
  });
});

function listed(texts: readonly string[]) {
  return texts.map((text) => ({ text, source: '--sudo-password-for' }));
}
