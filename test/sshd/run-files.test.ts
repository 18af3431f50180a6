/** What operators do with the output and the failures of many nodes: --fold, --outdir, --failed-to. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { lockstep } from '../farm/lockstep.ts';
import type { FarmNode } from '../farm/node.ts';
import { expectExit, run, startScene } from './scene.ts';

describe('the output and the failures of real nodes', () => {
  let farm: Farm;
  let odd: FarmNode;

  beforeAll(async () => {
    farm = await startScene(4);
    odd = farm.nodes[2] as FarmNode;
  });
  afterAll(() => farm?.stop());

  const ODD = '[ "$(hostname)" != node-3 ]';

  test('--fold shows equal output once; =diff shows the others as a diff against it', async () => {
    const command = `echo one; ${ODD} && echo two || echo 2; echo three`;
    const folded = await expectExit(run(farm, ['--fold', '-C', command]), 0);
    const hosts = farm.nodes.map(({ host }) => host);
    expect(folded.stdout).toMatch(
      /^==> \S.*(?:\[|, ).* \(3 nodes\) <==\none\ntwo\nthree\n==> \S+ <==\none\n2\nthree\n$/,
    );
    expect(folded.stdout).toContain(`\n==> ${odd.host} <==\n`);
    const diff = await expectExit(run(farm, ['--fold=diff', '-C', command]), 0);
    expect(diff.stdout).toContain(`\n+++ ${odd.host}\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n`);
    expect(hosts).toContain(odd.host);
  });

  test('--outdir has the output of each node in a file, 1 MB of it too; with -q it is shown there only', async () => {
    const command = `head -c 1000000 /dev/zero | tr '\\0' x; hostname; ${ODD} || echo trouble >&2`;
    const shown = await expectExit(run(farm, ['--outdir', 'results', '-C', command]), 0);
    for (const quiet of [[], ['-q']]) {
      const ran =
        quiet.length === 0
          ? shown
          : await expectExit(run(farm, ['-q', '--outdir', 'results', '-C', command]), 0);
      expect(ran.stdout.length > 4_000_000).toBe(quiet.length === 0);
      expect(ran.stderr).toBe(quiet.length === 0 ? `${odd.host} trouble\n` : '');
      const directory = join(farm.home, 'results');
      const names = farm.nodes.map(({ host }) => `root@${host}:22.out`);
      expect(readdirSync(directory).sort()).toEqual([...names, `root@${odd.host}:22.err`].sort());
      for (const { host, name } of farm.nodes) {
        const text = readFileSync(join(directory, `root@${host}:22.out`), 'utf8');
        expect(text === `${'x'.repeat(1_000_000)}${name}\n`).toBe(true);
      }
      expect(readFileSync(join(directory, `root@${odd.host}:22.err`), 'utf8')).toBe('trouble\n');
    }
  });

  test('--failed-to names the nodes that failed, were ended or could not be reached, and -o reads it again', async () => {
    const failed = () => readFileSync(join(farm.home, 'failed'), 'utf8');
    const command = `${ODD} || exit 3`;
    const unreachable = ['-w', '-o', 'root@127.0.0.1:1'];
    await expectExit(run(farm, [...unreachable, '--failed-to', 'failed', '-C', command]), 1);
    expect(failed()).toBe(`root@${odd.host}:22\nroot@127.0.0.1:1\n`);
    const again = lockstep(['-w', '-o', './failed', '--failed-to', './failed', '-C', 'hostname'], { farm });
    await expectExit(again, 0);
    expect(again.stdout).toBe(`${odd.host} node-3\n`);
    expect(failed()).toBe('root@127.0.0.1:1\n');
    await expectExit(run(farm, ['--failed-to', 'failed', '-C', 'true']), 0);
    expect(failed()).toBe('');
    await expectExit(run(farm, ['-o', 'root@127.0.0.1:1', '--failed-to', 'failed', '-C', 'true']), 3);
    expect(failed().split('\n')).toHaveLength(6);
  });

  test('a file that cannot be written is told before any connection', async () => {
    for (const args of [
      ['--failed-to', '/no/where'],
      ['--outdir', '/dev/null/x'],
    ]) {
      const ran = await expectExit(run(farm, [...args, '-C', 'echo ran']), 64);
      expect(ran.stdout).toBe('');
      expect(ran.stderr).toContain("can't write to");
    }
  });
});
