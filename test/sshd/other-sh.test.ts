/** Nodes whose sh is none on which lockstep's texts run: they are refused with that as the cause. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import type { FarmNode } from '../farm/node.ts';
import { expectExit, run, startScene, untilAtRest } from './scene.ts';

let farm: Farm;
beforeAll(async () => {
  farm = await startScene(2);
});
afterAll(() => farm?.stop());

test.each([
  ['mksh', 'a process cannot name itself on this node, whose sh is @(#)MIRBSD KSH'],
  ['ksh93', 'its sh does not understand what lockstep sends: '],
])('L13: %s', async (shell, said) => {
  const [odd] = farm.nodes as [FarmNode];
  const sh = (await odd.run('readlink /bin/sh')).stdout.trim();
  await odd.run(`ln -sf /usr/bin/${shell} /bin/sh`);
  try {
    for (const options of [[], ['-y']]) {
      const ran = await expectExit(run(farm, [...options, '-C', 'true']), 69);
      expect(ran.stderr).toContain(said);
      expect(ran.stderr).toContain('not ksh or mksh');
      expect(ran.stderr).not.toContain('login script');
    }
    await untilAtRest(farm.nodes);
  } finally {
    await odd.run(`ln -sf ${sh} /bin/sh`);
  }
});
