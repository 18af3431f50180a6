// @module-tag slow: left out of npm run test:quick
/** What a node says of its releases, and which it removes, under each shell. */
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RELEASES_TEXT } from '../../../src/node/texts.ts';
import { isRoot, RelocationNode } from './relocation-node.ts';
import { SHELLS } from './shells.ts';

const run = (number: number) => `20261128T00000${number}-0123abcd`;

describe.each(SHELLS)('releases under %s', (shell, words) => {
  const made = (names: readonly string[], current?: string) => {
    const node = new RelocationNode(words, shell === 'busybox' ? 'busybox' : 'sh');
    for (const name of names) {
      mkdirSync(join(node.destination, 'releases', name), { recursive: true });
      writeFileSync(join(node.destination, 'releases', name, 'file'), name);
    }
    if (current !== undefined) symlinkSync(current, join(node.destination, 'current'));
    return node;
  };
  const record = (node: RelocationNode, name: string, before: string) => {
    mkdirSync(join(node.destination, 'releases/.before'), { recursive: true });
    symlinkSync(before, join(node.destination, 'releases/.before', name));
  };
  const ask = (node: RelocationNode, ...names: string[]) => askIn(node, node.destination, ...names);
  const askIn = (node: RelocationNode, directory: string, ...names: string[]) => {
    const argv = ['lockstep-hand', 'r', 's', '/lock', '1:1', directory, ...names];
    const { stdout, stderr } = node.run(RELEASES_TEXT, argv, Buffer.from('TOKEN\n'));
    expect(stderr).toBe('');
    return stdout.trimEnd().replaceAll('TOKEN ', '').replaceAll(node.destination, 'DIR').split('\n');
  };
  const left = (node: RelocationNode) => readdirSync(join(node.destination, 'releases')).sort();

  it('are told with what was current, in that order, as far as it is there', () => {
    const node = made(['a', 'b', 'd', 'two words', '.hidden'], 'releases/d');
    symlinkSync('b', join(node.destination, 'releases/link'));
    record(node, 'd', 'c');
    record(node, 'c', 'b');
    record(node, 'b', 'a');
    expect(ask(node)).toEqual([
      'CURRENT d',
      'BEFORE b',
      'BEFORE a',
      'RELEASE a',
      'RELEASE b',
      'RELEASE d',
      'END',
    ]);
  });

  it('are none where nothing is there yet', () => {
    expect(ask(made([]))).toEqual(['END']);
    expect(ask(made(['a']))).toEqual(['RELEASE a', 'END']);
  });

  it('end where records lead in a circle, or to what is no name', () => {
    const node = made(['a', 'b'], 'releases/b');
    record(node, 'b', 'a');
    record(node, 'a', 'b');
    expect(ask(node).length).toBeLessThan(110);
    const other = made(['a', 'b'], 'releases/b');
    record(other, 'b', '../../etc');
    expect(ask(other)).toEqual(['CURRENT b', 'RELEASE a', 'RELEASE b', 'END']);
  });

  it('may be led to by a whole path, as other tools write it, and by a link to nothing', () => {
    const node = made(['a']);
    symlinkSync(join(node.destination, 'releases/a'), join(node.destination, 'current'));
    expect(ask(node)).toEqual(['CURRENT a', 'RELEASE a', 'END']);
    expect(ask(made(['a'], 'releases/gone'))).toEqual(['CURRENT gone', 'RELEASE a', 'END']);
  });

  it.each([
    ['/etc', '/etc'],
    ['a', 'a'],
    ['releases/../a', 'releases/../a'],
    ['releases/two words', 'releases/two words'],
    ['releases/.', 'releases/.'],
  ])('are not what a link to %s leads to', (target, told) => {
    const error = `ERROR DIR/current leads to ${told}, which is no directory in DIR/releases`;
    expect(ask(made(['two words'], target))).toEqual([error]);
  });

  it("are not what a link leads to that stands among them: what lies elsewhere is nobody's release", () => {
    const node = made([], 'releases/a');
    mkdirSync(join(node.destination, 'releases'));
    symlinkSync(node.source, join(node.destination, 'releases/a'));
    const error = 'ERROR DIR/current leads to releases/a, which is no directory in DIR/releases';
    expect(ask(node)).toEqual([error]);
  });

  it('are refused where current is no link', () => {
    const node = made(['a']);
    mkdirSync(join(node.destination, 'current'));
    expect(ask(node)).toEqual(['ERROR DIR/current is no symbolic link']);
  });

  it('are removed with their records, and what was left of an earlier removal', () => {
    const node = made(
      [run(1), run(2), run(3), `.removed-${run(0)}`, `.removed-${run(0)}.2`],
      `releases/${run(3)}`,
    );
    record(node, run(3), run(2));
    record(node, run(1), 'x');
    expect(ask(node, run(1), run(7), '../x', '.', '')).toEqual(['END']);
    expect(left(node)).toEqual(['.before', run(2), run(3)]);
    expect(readdirSync(join(node.destination, 'releases/.before'))).toEqual([run(3)]);
  });

  it('are not removed where they are current, and the others are', () => {
    const node = made([run(1), run(2)], `releases/${run(2)}`);
    expect(ask(node, run(2), run(1))).toEqual([`ERROR ${run(2)} is current`]);
    expect(left(node)).toEqual([run(2)]);
  });

  it('are not removed where they are current, also when releases is a link', () => {
    const node = made([], `releases/${run(2)}`);
    mkdirSync(join(node.source, 'far', run(2)), { recursive: true });
    symlinkSync(join(node.source, 'far'), join(node.destination, 'releases'));
    expect(ask(node, run(2))).toEqual([`ERROR ${run(2)} is current`]);
    expect(left(node)).toEqual([run(2)]);
  });

  it('are alone in being removed: nothing that has another name than lockstep gives', () => {
    const others = ['.removed-by-bob', `.removed-${run(1)}.old`, '.removed-'];
    const node = made([run(1), run(2), ...others], `releases/${run(2)}`);
    expect(ask(node, run(1))).toEqual(['END']);
    expect(left(node)).toEqual([...others.sort(), run(2)]);
  });

  it('are not moved to where a link leads that stands in their way', () => {
    const node = made([run(1), run(2)], `releases/${run(2)}`);
    symlinkSync(node.source, join(node.destination, `releases/.removed-${run(1)}`));
    expect(ask(node, run(1))).toEqual([`ERROR DIR/releases/.removed-${run(1)} is in the way`]);
    expect(left(node)).toEqual([`.removed-${run(1)}`, run(1), run(2)]);
    expect(readdirSync(node.source)).toEqual([]);
  });

  it.runIf(isRoot)('are not removed where something is mounted in them, whatever their path', () => {
    for (const above of ['two words', 'a\ttab', 'two\nlines', 'back\\040slash']) {
      const node = made([]);
      const directory = join(node.destination, above);
      mkdirSync(join(directory, 'releases', run(1), 'shared'), { recursive: true });
      node.mounts = `mount --bind '${node.source}' '${directory}/releases/${run(1)}/shared'`;
      writeFileSync(join(node.source, 'precious'), '');
      expect(askIn(node, directory, run(1)).join()).toMatch(/^ERROR something is mounted in DIR\//);
      expect(existsSync(join(node.source, 'precious')), above).toBe(true);
    }
  });

  it.runIf(isRoot)('are not removed where nothing tells what is mounted', () => {
    const node = made([run(1)]);
    node.mounts = 'mount -t tmpfs none /proc';
    expect(ask(node, run(1))).toEqual(['ERROR nothing tells what is mounted in DIR/releases']);
    expect(left(node)).toEqual([run(1)]);
  });

  it.runIf(isRoot)('are not removed where something is mounted in them', () => {
    const node = made([run(1), run(2)], `releases/${run(2)}`);
    const shared = join(node.destination, 'releases', run(1), 'sha red');
    mkdirSync(shared);
    node.mounts = `mount --bind '${node.source}' '${shared}'`;
    writeFileSync(join(node.source, 'precious'), '');
    expect(ask(node, run(1))).toEqual([`ERROR something is mounted in DIR/releases/${run(1)}`]);
    expect(existsSync(join(node.source, 'precious'))).toBe(true);
    expect(left(node)).toEqual([run(1), run(2)]);
  });
});
