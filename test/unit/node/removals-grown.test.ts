// @module-tag slow: left out of npm run test:quick
/** What somebody puts into a directory that shall be there no longer, after it was asked about. */
import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RelocationNode, stageOf } from './relocation-node.ts';
import { NODES, put, relocationsOn } from './relocations.ts';

describe.each(NODES)('a node with $tools under $shell', (kind) => {
  const { nodeWith, read } = relocationsOn(kind);
  const names = ({ destination }: RelocationNode) =>
    readdirSync(destination, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.startsWith('.lockstep-'))
      .sort();
  const withCache = () => {
    const node = nodeWith(['app/a'], ['app/a', 'app/cache/x', 'app/cache/deep/two\nlines', 'app/old']);
    mkdirSync(join(node.destination, 'app/empty'));
    const receive = () =>
      node.receive(node.archive(['app']), { removes: ['app/cache', 'app/empty', 'app/old'] });
    return { node, receive };
  };

  it.each<[what: string, grow: (app: string) => void]>([
    ['a file', (app) => put(app, 'cache/uploads/precious')],
    ['a link', (app) => symlinkSync('/nowhere', join(app, 'empty/precious'))],
    ['a directory', (app) => mkdirSync(join(app, 'cache/deep/precious'))],
  ])('F21: %s that was put there meanwhile is not removed: all comes back', (_what, grow) => {
    const { node, receive } = withCache();
    const stage = stageOf(receive());
    grow(join(node.destination, 'app'));
    const before = names(node);
    expect(node.commit(stage).stdout).toMatch(
      /ERROR [78] names would be removed, and 6 were found before: somebody has put more there; what was begun is taken back\n/,
    );
    expect(names(node)).toEqual(before);
    expect(read(node, 'app/a')).toBe('old app/a');
  });

  it('F21: what is less by then is removed', () => {
    const { node, receive } = withCache();
    const stage = stageOf(receive());
    rmSync(join(node.destination, 'app/cache/x'));
    expect(node.commit(stage).stdout).toBe('TOKEN COMMITTED\n');
    expect(names(node)).toEqual(['app', 'app/a']);
  });
});
