import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMIT_TEXT, RECOVER_TEXT } from '../../../src/node/files/relocation.ts';
import { listing, prepareSmall, RelocationNode, stageOf, TOOLS, toComparable } from './relocation-node.ts';
import { SHELLS } from './shells.ts';

/** Kills the whole process group right behind the nth step of a plan, in whatever program carries it out. */
function killAfter(text: string, step: number): string {
  const shell = `
steps=0
kill_point() { steps=$((steps + 1)); if [ "$steps" -gt ${step} ]; then kill -9 0; fi; }
one_by_one() {
  program=$1
  until [ "$1" = -- ]; do shift; done
  shift
  for last; do :; done
  while [ "$#" -gt 1 ]; do
    command "$program" -- "$1" "$last" || return
    kill_point
    shift
  done
}
mv() { one_by_one mv "$@"; }
ln() { one_by_one ln "$@"; }
chmod() { command chmod "$@" && kill_point; }
touch() { command touch "$@" && kill_point; }
`;
  return (
    shell +
    text
      .replace('sub must {', `my $left = ${step}; sub must { kill(9, -getpgrp()) unless $left--;`)
      .replace('call(*words, **named)\n', 'call(*words, **named); step()\n')
      .replace(
        '|problems = []',
        `|problems = []\n|steps = []\n|def step():\n|    steps.append(1)\n|    if len(steps) > ${step}: os.killpg(0, 9)`,
      )
  );
}

/** Once for each program that carries plans out, in turn under each shell. */
const NODES = TOOLS.map((tools, index) => {
  const [shell, words] = SHELLS[index % SHELLS.length] ?? SHELLS[0];
  return tools === 'busybox' ? { tools, shell: 'busybox', words: SHELLS[2][1] } : { tools, shell, words };
});

describe.each(NODES)('undo on a node with $tools under $shell', ({ tools, words }) => {
  it('F14: brings all back from whatever step the switch was killed at', () => {
    let steps = 0;
    for (let isDone = false; !isDone; steps++) {
      const node = new RelocationNode(words, tools);
      const roots = prepareSmall(node);
      const before = listing(node.destination);
      const stage = stageOf(node.receive(node.archive(roots)));
      isDone = node.commit(stage, killAfter(COMMIT_TEXT, steps)).code === 0;
      if (isDone) continue;
      expect(node.recover().code, `after step ${steps}`).toBe(0);
      const state = node.record()?.state;
      if (state !== 'new') {
        expect(state).toBe('old');
        expect(listing(node.destination).map(toComparable(tools)), `after step ${steps}`).toEqual(
          before.map(toComparable(tools)),
        );
      }
    }
    expect(steps).toBeGreaterThan(8);
  }, 120_000);

  it('F14: may itself be killed at any step and run again', () => {
    let steps = 0;
    for (let isDone = false; !isDone; steps++) {
      const node = new RelocationNode(words, tools);
      const roots = prepareSmall(node);
      const before = listing(node.destination);
      const stage = stageOf(node.receive(node.archive(roots)));
      node.commit(stage, COMMIT_TEXT.replace('set_state new', 'kill -9 0'));
      expect(node.record()?.state).toBe('begun');
      isDone = node.recover(killAfter(RECOVER_TEXT, steps)).code === 0;
      node.recover();
      expect(node.record()?.state).toBe('old');
      const after = listing(node.destination).filter((line) => !line.includes('.lockstep'));
      // Killed while the stage itself was being removed, it leaves that to the keeper, and the directory's time with it.
      const isRemoved = !existsSync(stage);
      expect(isRemoved ? after.map(toComparable(tools)) : after.slice(1)).toEqual(
        isRemoved ? before.map(toComparable(tools)) : before.slice(1),
      );
    }
    expect(steps).toBeGreaterThan(4);
  }, 120_000);
});
