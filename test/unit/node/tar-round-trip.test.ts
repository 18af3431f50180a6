// @module-tag slow: left out of npm run test:quick
/** Any tree arrives as it was, whichever tar a node has. */
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describe as factsOf, makeTree, readTree, type Spec } from '../../fuzz/tree.ts';
import { often } from '../../often.ts';
import { isRoot, RelocationNode, stageOf, type Tools } from './relocation-node.ts';
import { sentArchive } from './sent-archive.ts';

/** The tar of a node, and what carries plans out there. */
const KINDS: readonly { readonly name: string; readonly tar: string; readonly tools: Tools }[] = [
  { name: 'GNU tar', tar: '/usr/bin/tar', tools: 'perl' },
  { name: 'busybox tar', tar: '/usr/bin/busybox', tools: 'python3' },
  { name: 'bsdtar', tar: '/usr/bin/bsdtar', tools: 'sh' },
];

describe.each(KINDS)('a node with $name', ({ tar, tools }) => {
  const nodeWithTar = () => {
    const node = new RelocationNode(['dash'], tools);
    rmSync(join(node.top, 'bin/tar'));
    symlinkSync(tar, join(node.top, 'bin/tar'));
    return node;
  };

  it.runIf(existsSync(tar))(
    'F7, F10: has names, types, modes, owners, times and links of any tree as they were',
    async () => {
      const arrives = async (items: readonly Item[]) => {
        const node = nodeWithTar();
        makeTree(node.source, specsOf(items));
        const received = node.receive(await sentArchive(node, ['app']));
        expect(received.stdout, received.stderr).toMatch(/^TOKEN STAGED$/m);
        const committed = node.commit(stageOf(received));
        expect(committed.stdout, committed.stderr).toBe('TOKEN COMMITTED\n');
        expect(seen(node.destination)).toEqual(seen(node.source));
        expect(`${received.stderr}${committed.stderr}`).toBe('');
      };
      await fc.assert(fc.asyncProperty(trees, arrives), { numRuns: often(15, 500) });
    },
    600_000,
  );
});

interface Item extends Omit<Spec, 'linkTo'> {
  readonly names: readonly string[];
  /** Another name of the file before it. */
  readonly isLink: boolean;
}

const component = fc
  .oneof(
    { weight: 3, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }) },
    {
      weight: 1,
      arbitrary: fc.string({ unit: fc.constantFrom(...'ab \n\t\\\'"*?[]$`-.:=%\x7f'), minLength: 1 }),
    },
    { weight: 1, arbitrary: fc.constantFrom('n'.repeat(255), 'ü'.repeat(127), ' ', '-C', '@x', '...') },
  )
  .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..' && Buffer.byteLength(text) <= 255);

const owner = isRoot
  ? fc.oneof(fc.constantFrom(0, 1000, 65_534, 262_143, 262_144, 4_294_967_294), fc.nat(3_000_000))
  : fc.constant(process.getuid?.() ?? 0);

const item: fc.Arbitrary<Item> = fc.record({
  names: fc.array(component, { minLength: 1, maxLength: 4 }),
  type: fc.constantFrom('file', 'file', 'directory', 'symlink' as const),
  mode: fc.integer({ min: 0, max: 0o7777 }).map((mode) => mode | (isRoot ? 0 : 0o700)),
  uid: owner,
  gid: owner,
  time: fc.option(
    fc.oneof(
      fc.constantFrom(0, -1, -1.5, -86_400, 0.25, 2_147_483_647.5, 2_147_483_648, 10_000_000_000),
      fc.double({ min: -2e9, max: 4e9, noNaN: true }),
    ),
    { nil: undefined },
  ),
  body: fc.oneof(component, fc.constantFrom('x'.repeat(511), 'x'.repeat(512), 'x'.repeat(5_000))),
  isLink: fc.boolean(),
});

const trees = fc.array(item, { minLength: 1, maxLength: 10 });

/** Below `app`; of what cannot be, such as two things of one name, the first one is. */
function specsOf(items: readonly Item[]): Map<string, Spec> {
  const specs = new Map<string, Spec>([
    ['/app', { type: 'directory', mode: 0o755, uid: 0, gid: 0, body: '' }],
  ]);
  let file: string | undefined;
  for (const { names, isLink, type, body, ...rest } of items) {
    let path = '/app';
    for (const name of names.slice(0, -1)) {
      const next = `${path}/${name}`;
      if ((specs.get(next)?.type ?? 'directory') !== 'directory') break;
      path = next;
      if (!specs.has(path)) specs.set(path, { ...rest, type: 'directory', body: '' });
    }
    path = `${path}/${names.at(-1)}`;
    if (specs.has(path)) continue;
    const first = file === undefined ? undefined : specs.get(file);
    if (type === 'file' && isLink && file !== undefined && first !== undefined)
      specs.set(path, { ...first, linkTo: file });
    else {
      specs.set(path, {
        ...rest,
        type,
        body: type === 'file' ? body : type === 'symlink' ? body.slice(0, 200) : '',
      });
      if (type === 'file') file = path;
    }
  }
  return specs;
}

/** All that is compared, a line a name, and which names are one file. */
function seen(top: string): string[] {
  const tree = readTree(top, ['/app']);
  const firsts = new Map<string, string>();
  return [...tree]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([path, facts]) => {
      const first = firsts.get(facts.inode) ?? path;
      firsts.set(facts.inode, first);
      return `${JSON.stringify(path)} ${factsOf(facts)}${first === path ? '' : ` is ${JSON.stringify(first)}`}`;
    });
}
