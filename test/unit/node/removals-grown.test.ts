// @module-tag slow: left out of npm run test:quick
/** What becomes of a directory that shall be there no longer between the question and its removal. */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RelocationNode, RUN, stageOf } from './relocation-node.ts';
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

  it('F14: a directory that is closed to its owner has its mode again, also where it was opened to be moved and then all was killed', () => {
    const node = nodeWith(['app/a'], ['app/a', "app/it's/x", 'app/more/x']);
    for (const name of ["it's", 'more']) chmodSync(join(node.destination, 'app', name), 0o555);
    const archive = node.archive(['app']);
    node.becomeNobody();
    const stage = stageOf(node.receive(archive, { removes: ["app/it's", 'app/more'] }));
    // What has been done by then.
    appendFileSync(join(node.records, RUN), 'state begun\n');
    writeFileSync(join(stage, 'begun'), '');
    chmodSync(join(node.destination, "app/it's"), 0o755);
    expect([node.recover().code, node.record()?.state]).toEqual([0, 'old']);
    for (const name of ["it's", 'more'])
      expect(statSync(join(node.destination, 'app', name)).mode & 0o7777).toBe(0o555);
  });

  it('F21: what is less by then is removed', () => {
    const { node, receive } = withCache();
    const stage = stageOf(receive());
    rmSync(join(node.destination, 'app/cache/x'));
    expect(node.commit(stage).stdout).toBe('TOKEN COMMITTED\n');
    expect(names(node)).toEqual(['app', 'app/a']);
  });
});
