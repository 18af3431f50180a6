// @module-tag slow: left out of npm run test:quick
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMIT_TEXT } from '../../../src/node/texts.ts';
import { RelocationNode, stageOf, TOOLS } from './relocation-node.ts';
import { listing, prepareSmall, toComparable } from './relocation-trees.ts';
import { SHELLS } from './shells.ts';

/** Once for each program that carries plans out, in turn under each shell. */
const NODES = TOOLS.map((tools, index) => {
  const [shell, words] = SHELLS[index % SHELLS.length] ?? SHELLS[0];
  return tools === 'busybox' ? { tools, shell: 'busybox', words: SHELLS[2][1] } : { tools, shell, words };
});

/** In the place of the line that it waits for: one that never comes, and what happens meanwhile. */
const waitingWhile = (what: string) =>
  COMMIT_TEXT.replace(
    'IFS= read -r word\n',
    () =>
      `(while sleep 0.1 && ${what}; do :; done) 2>/dev/null & exec 5<>"$HOME/fifo"; IFS= read -r word <&5\n`,
  );

describe.each(NODES)('F1: a commit on a node with $tools under $shell, when it has switched,', (how) => {
  const { tools, words } = how;
  const staged = () => {
    const node = new RelocationNode(words, tools);
    const roots = prepareSmall(node);
    execFileSync('mkfifo', [join(node.top, 'fifo')]);
    const seen = () => listing(node.destination).map(toComparable(tools));
    const old = seen();
    const stage = stageOf(node.receive(node.archive(roots)));
    const isNew = () => existsSync(join(node.destination, 'app/new/e'));
    return { node, stage, old, seen, isNew };
  };

  it('waits for the word of the run, and keeps what it has done', () => {
    const { node, stage, isNew } = staged();
    const { code, stdout } = node.commit(stage, undefined, { way: 'wait', decision: 'keep\n' });
    expect([code, stdout]).toEqual([0, 'TOKEN SWITCHED\nTOKEN COMMITTED\n']);
    expect([isNew(), existsSync(stage), node.record()?.state]).toEqual([true, false, 'new']);
  });

  it.each([
    ['is told to go back', { decision: 'undo\n' }],
    ['hears nothing more', { decision: '' }],
    ['hears but a part of the word', { decision: 'kee' }],
    ['is ended', { text: waitingWhile('kill -TERM $$') }],
  ])('takes all back where it %s', (_what, { text, decision }: { text?: string; decision?: string }) => {
    const { node, stage, old, seen } = staged();
    const { code, stdout } = node.commit(stage, text, { way: 'wait', decision: decision ?? 'keep\n' });
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/^TOKEN SWITCHED\nTOKEN ERROR the run has .*\nTOKEN EXIT 1\n$/),
    ]);
    expect(seen()).toEqual(old);
    expect([existsSync(stage), node.record()?.state]).toEqual([false, 'old']);
  });

  it('and is killed while it waits, is taken back; or made final, where the keeper knows that the run has kept it', () => {
    for (const decided of [[], ['keep']] as const) {
      const { node, stage, old, seen, isNew } = staged();
      expect(node.commit(stage, waitingWhile('kill -9 0'), { way: 'wait' }).code).not.toBe(0);
      expect([isNew(), node.record()?.state]).toEqual([true, 'begun']);
      expect(node.recover(undefined, ...decided).code).toBe(0);
      if (decided.length === 0) expect(seen()).toEqual(old);
      expect([isNew(), existsSync(stage)]).toEqual([decided.length > 0, false]);
      expect(node.record()?.state).toBe(decided.length > 0 ? 'new' : 'old');
    }
  });

  it('asks nobody where each node is to keep its own', () => {
    const { node, stage, isNew } = staged();
    const { code, stdout } = node.commit(stage);
    expect([code, stdout, isNew()]).toEqual([0, 'TOKEN COMMITTED\n', true]);
  });
});
