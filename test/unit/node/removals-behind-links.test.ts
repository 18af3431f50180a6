// @module-tag slow: left out of npm run test:quick
/** What shall be there no longer, where symbolic links of the node lead into it. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NODES, relocationsOn } from './relocations.ts';

describe.each(NODES)('a node with $tools under $shell', (kind) => {
  const { nodeWith, read, comparable } = relocationsOn(kind);

  it('F21: what holds, behind a link, files that are sent or are there already is not removed', () => {
    for (const [link, to, roots] of [
      ['up', 'app/old', ['app', 'up/f']],
      ['up', 'app/old/deep', ['app', 'up']],
      ['up', './app/two\nlines\\n', ['app', 'up/x/f']],
    ] as const) {
      const sent = roots[1] === 'up' ? 'up/f' : roots[1];
      const node = nodeWith(['app/a', sent], ['app/a', 'app/old/deep/f', 'app/two\nlines\\n/f']);
      symlinkSync(to, join(node.destination, link));
      const before = comparable(node);
      const removes = ['app/old', 'app/two\nlines\\n'];
      expect(node.upload(roots, { removes }).stdout).toMatch(
        /ERROR .*app\/(old|two.lines.*) cannot be removed: a symbolic link leads there/,
      );
      expect(comparable(node)).toEqual(before);
    }
  });

  it('F21: a link that is sent replaces one that led to what is removed', () => {
    const node = nodeWith(['app/a'], ['app/a', 'app/old/f']);
    symlinkSync('app', join(node.source, 'current'));
    symlinkSync('app/old', join(node.destination, 'current'));
    expect(node.upload(['app', 'current'], { removes: ['app/old'] }).stdout).toMatch(/COMMITTED\n$/);
    expect(read(node, 'current/a')).toBe('new app/a');
  });
});
