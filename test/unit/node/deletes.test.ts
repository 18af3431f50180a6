// @module-tag slow: left out of npm run test:quick
/** Any tree over any other, by each program that carries plans out: what is named is then as it is here, and all else as it was. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXECUTORS } from '../../../src/node/executors.ts';
import { createArchive } from '../../../src/transfer/archive.ts';
import { collectFiles } from '../../../src/transfer/collect.ts';
import { Extras } from '../../../src/transfer/difference/extras.ts';
import { stageOf } from './relocation-node.ts';
import { FAILING_COMMIT } from './relocation-trees.ts';
import { NODES, put, relocationsOn } from './relocations.ts';

const EXCLUDES = ['*.keep', 'd9/'];

/** What a name is follows from its first letter, so that no directory is in the way of a file. */
const leaf = fc.constantFrom('f', "f'", 'f\n', 'f2.keep', '-f', 'l1', 'l2.keep');
const path = fc
  .tuple(fc.array(fc.constantFrom('d', 'd 1', '.d\\n', 'd9'), { maxLength: 3 }), leaf)
  .map(([above, name]) => [...above, name].join('/'));
const tree = fc.uniqueArray(path, { maxLength: 12 });

function grow(top: string, paths: readonly string[], side: string): void {
  for (const one of paths) {
    if (!/\/l[^/]*$/.test(`/${one}`)) put(top, one, `${side} ${one}`);
    else {
      mkdirSync(join(top, one, '..'), { recursive: true });
      symlinkSync(`/${side}`, join(top, one));
    }
  }
}

/** A line a path, each directory before what is in it: what it is, and what is in it. */
function seen(top: string, below = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(join(top, below)).sort()) {
    const at = below === '' ? name : `${below}/${name}`;
    const status = lstatSync(join(top, at));
    if (status.isDirectory()) {
      found.set(at, 'directory');
      for (const [inner, what] of seen(top, at)) found.set(inner, what);
    } else
      found.set(
        at,
        status.isSymbolicLink() ? readlinkSync(join(top, at)) : readFileSync(join(top, at), 'utf8'),
      );
  }
  return found;
}

const isIn = (directory: string, one: string) => one.startsWith(`${directory}/`);

/** By the words of the page: in what is named, all that is not here goes, but what is left out here, and what leads to that. */
function expected(
  before: Map<string, string>,
  here: Map<string, string>,
  sent: ReadonlySet<string>,
): Map<string, string> {
  const isLeftOut = (one: string) =>
    one.split('/').some((name, at, parts) => {
      const above = parts.slice(0, at + 1).join('/');
      if (sent.has(above)) return false;
      return /\.keep$/.test(name) || (name === 'd9' && before.get(above) === 'directory');
    });
  const stays = (one: string) => !isIn('app', one) || sent.has(one) || isLeftOut(one);
  const after = new Map<string, string>();
  for (const [one, what] of before) {
    if (stays(one) || [...before.keys()].some((other) => isIn(one, other) && stays(other)))
      after.set(one, what);
  }
  for (const one of sent) after.set(one, here.get(one) ?? '');
  return after;
}

describe.each(NODES)('a node with $tools under $shell', (kind) => {
  const { nodeWith } = relocationsOn(kind);

  it('F21: after a sync with --delete what was named is as it is here, and all else as it was', async () => {
    await fc.assert(
      fc.asyncProperty(tree, tree, fc.boolean(), async (ours, theirs, fails) => {
        const node = nodeWith(['app/f here'], ['beside/f', 'app/f here']);
        grow(join(node.source, 'app'), ours, 'here');
        grow(join(node.destination, 'app'), theirs, 'there');
        const before = seen(node.destination);
        const choice = { excludes: EXCLUDES, obeysGitignore: false };
        const collection = await collectFiles({ words: ['app'], relative: true, cwd: node.source, choice });
        const sent = new Set(collection.entries.map(({ member }) => member));
        const extras = new Extras({
          isWanted: (member) => sent.has(member),
          isProtected: (member, isDirectory) => collection.protection?.covers(member, isDirectory) ?? false,
          max: 1000,
        });
        for (const [one, what] of before)
          if (isIn('app', one)) extras.hear(Buffer.from(one).toString('latin1'), what === 'directory');
        extras.end();
        const removes = extras.list.map(({ member }) => Buffer.from(member, 'latin1').toString());
        const ownership = { preserveUid: true, preserveGid: true };
        const pieces: Buffer[] = [];
        for await (const piece of createArchive(collection, ownership, { ours: EXECUTORS }))
          pieces.push(piece);
        const received = node.receive(Buffer.concat(pieces), { removes, counted: extras.count });
        expect(received.stdout, received.stderr).toMatch(/STAGED\n$/);
        const done = node.commit(stageOf(received), fails ? FAILING_COMMIT : undefined);
        expect(done.stdout).toMatch(fails ? /what was begun is taken back/ : /COMMITTED\n$/);
        expect(seen(node.destination)).toEqual(fails ? before : expected(before, seen(node.source), sent));
        rmSync(node.top, { recursive: true });
      }),
      { numRuns: 12 },
    );
  });
});
