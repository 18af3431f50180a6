// @module-tag slow: left out of npm run test:quick
/** What an upload closes to its own account: looked at before nobody can look any more. */
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRoot, RelocationNode, stageOf, TOOLS } from './relocation-node.ts';
import { SHELLS } from './shells.ts';

// busybox tar closes a directory before it has filled it.
const NODES = TOOLS.filter((tools) => tools !== 'busybox').map((tools) => ({ tools, words: SHELLS[0][1] }));

describe.runIf(isRoot).each(NODES)(
  'a directory there that the upload closes, on a node with $tools',
  ({ tools, words }) => {
    const closedBy = (mode: number) => {
      const node = new RelocationNode(words, tools);
      for (const side of [node.source, node.destination]) {
        mkdirSync(join(side, 'app/sub'), { recursive: true });
        for (const name of ['f', 'sub/g']) writeFileSync(join(side, 'app', name), side);
      }
      chmodSync(join(node.source, 'app/sub'), mode);
      chmodSync(join(node.source, 'app'), mode);
      const archive = node.archive(['app']);
      node.becomeNobody();
      return { node, stage: stageOf(node.receive(archive)) };
    };
    const modes = [0, 0o600, 0o300];

    it.each(modes)('F1, F7: has all that was sent, and then its mode %i', (mode) => {
      const { node, stage } = closedBy(mode);
      expect(node.commit(stage).stdout).toBe('TOKEN COMMITTED\n');
      for (const name of ['f', 'sub/g'])
        expect(readFileSync(join(node.destination, 'app', name), 'utf8')).toBe(node.source);
      for (const name of ['app', 'app/sub'])
        expect(statSync(join(node.destination, name)).mode & 0o7777).toBe(mode);
    });

    it.each(modes.flatMap((mode) => ['f', 'sub/g'].map((name) => [name, mode] as const)))(
      'F1: is not said to have %s, below mode %i, where what was put there is not what was sent',
      (name, mode) => {
        const { node, stage } = closedBy(mode);
        writeFileSync(join(stage, 'tree/app', name), 'cut');
        expect(node.commit(stage).stdout).toMatch(
          /^TOKEN ERROR .*app\/\S+ has another size than it was sent with; what was begun is taken back\nTOKEN EXIT 1\n$/,
        );
        expect(readFileSync(join(node.destination, 'app', name), 'utf8')).toBe(node.destination);
      },
    );
  },
);
