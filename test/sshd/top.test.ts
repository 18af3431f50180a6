import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { expectExit, run, startScene } from './scene.ts';

let farm: Farm;

/** With perl; with python alone; with neither. */
const TAKEN_AWAY = ['true', 'rm /usr/bin/perl', 'rm /usr/bin/perl /usr/bin/python3'];

beforeAll(async () => {
  farm = await startScene(TAKEN_AWAY.length);
  await Promise.all(farm.nodes.map((node, at) => node.run(TAKEN_AWAY[at] ?? 'true')));
});
afterAll(() => farm?.stop());

test('F1: what goes directly into / arrives on every node, whatever programs it has', async () => {
  for (const contents of ['first', 'second']) {
    writeFileSync(join(farm.home, 'at-the-top'), contents);
    await expectExit(run(farm, ['-r', '/', '-e', '-U', 'at-the-top'], { cwd: farm.home }), 0);
    for (const node of farm.nodes)
      expect((await node.run('cat /at-the-top')).stdout, node.name).toBe(contents);
  }
});
