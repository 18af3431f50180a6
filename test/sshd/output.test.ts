import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { expectExit, run, startScene } from './scene.ts';

describe('the output of real nodes', () => {
  let farm: Farm;

  beforeAll(async () => {
    farm = await startScene(5);
  });
  afterAll(() => farm?.stop());

  test('10,000 lines from each of five nodes arrive in order and never mix within a line', async () => {
    const ran = await expectExit(run(farm, ['-C', 'seq -f "%.0f $(hostname) end" 1 10000']), 0);
    const byNode = new Map(farm.nodes.map(({ host }) => [host, [] as string[]]));
    for (const line of ran.stdout.trimEnd().split('\n')) {
      const [host = '', ...words] = line.split(' ');
      byNode.get(host)?.push(words.join(' '));
    }
    for (const { host, name } of farm.nodes) {
      expect(byNode.get(host)).toEqual(
        Array.from({ length: 10_000 }, (_, index) => `${index + 1} ${name} end`),
      );
    }
    expect(ran.stdout.split('\n')).toHaveLength(50_001);
  });

  test('S11: 5 MB in one line from each node arrive complete, cut only where the bound is', async () => {
    const make = 'head -c 3750000 /dev/urandom | base64 -w 0 | tee /tmp/sent; sha256sum </tmp/sent >/tmp/sum';
    const ran = await expectExit(run(farm, ['-C', make]), 0);
    const texts = new Map(farm.nodes.map(({ host }) => [host, '']));
    for (const line of ran.stdout.trimEnd().split('\n')) {
      const [host = '', text = ''] = line.split(' ');
      texts.set(host, `${texts.get(host)}${text}`);
    }
    for (const node of farm.nodes) {
      const digest = createHash('sha256')
        .update(texts.get(node.host) ?? '')
        .digest('hex');
      expect((await node.run('cat /tmp/sum')).stdout).toBe(`${digest}  -\n`);
    }
  });

  test('a last line without its end gets one, so that the next node begins a new line; not with -q', async () => {
    const ran = await expectExit(run(farm, ['-C', 'printf part; printf more >&2']), 0);
    const lines = (word: string) => ['', ...farm.nodes.map(({ host }) => `${host} ${word}`)].sort();
    expect(ran.stdout.split('\n').sort()).toEqual(lines('part'));
    expect(ran.stderr.split('\n').sort()).toEqual(lines('more'));
    const quiet = await expectExit(run(farm, ['-q', '-C', 'printf part']), 0);
    expect(quiet.stdout).toBe('part'.repeat(5));
  });

  test('-q prints bare lines and no messages but errors', async () => {
    const ran = await expectExit(run(farm, ['-q', '-C', 'echo out; echo err >&2; exit 3']), 1);
    expect(ran.stdout).toBe('out\n'.repeat(5));
    expect(ran.stderr).toMatch(/^(err\n){5}.*\[FATAL\] remote execution failed/);
  });

  test('-v makes records of all output, on stderr, and -vv says what is done where', async () => {
    const ran = await expectExit(run(farm, ['-v', '-C', 'echo out; echo err >&2']), 0);
    expect(ran.stdout).toBe('');
    for (const { host } of farm.nodes) {
      expect(ran.stderr).toContain(`[DEBUG] {cmd} <stdout> [root@${host}:22] out\n`);
      expect(ran.stderr).toContain(`[DEBUG] {cmd} <stderr> [root@${host}:22] err\n`);
      expect(ran.stderr).toMatch(new RegExp(`connection established: \\[root@${host}:22\\]`));
    }
    expect(ran.stderr).toContain('global lock acquired on 5 nodes');
    const more = await expectExit(run(farm, ['-vv', '-C', 'true']), 0);
    for (const { host } of farm.nodes)
      expect(more.stderr).toContain(`lock acquired: '[root@${host}:22]' on '/'`);
  });

  test("-l keeps each node's lines together, though all run at once", async () => {
    const command = 'for i in 1 2 3; do echo $i; echo e$i >&2; sleep 0.2; done; printf end';
    const ran = await expectExit(run(farm, ['-l', '-C', command]), 0);
    for (const text of [ran.stdout, ran.stderr]) {
      const owners = text
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]);
      expect(owners.filter((owner, index) => owner !== owners[index - 1])).toHaveLength(5);
    }
    expect(ran.stdout.split('\n')).toHaveLength(5 * 4 + 1);
  });

  test('S10: --json has one object a line, its stream, and how each node ended', async () => {
    const command = String.raw`printf 'a "b"\\\t\033[31m\nlast'; echo err >&2; [ "$(hostname)" != node-3 ] || exit 9`;
    const ran = await expectExit(run(farm, ['--json', '-C', command]), 1);
    const objects = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    const [out, err] = [objects(ran.stdout), objects(ran.stderr)];
    for (const { host, name } of farm.nodes) {
      const node = { host: `root@${host}`, node: `[root@${host}:22]` };
      expect(out.filter((each) => each.node === node.node)).toEqual([
        { body: 'a "b"\\\t\u001b[31m\n', ...node, stream: 'stdout' },
        { body: 'last', ...node, stream: 'stdout' },
      ]);
      expect(err).toContainEqual({ body: 'err\n', ...node, stream: 'stderr' });
      const outcome = name === 'node-3' ? { outcome: 'exit', code: 9 } : { outcome: 'ok' };
      expect(err).toContainEqual({ body: '', ...node, stream: 'status', ...outcome });
    }
    expect(err.filter(({ body }) => /\[FATAL\] remote execution failed/.test(String(body)))).toHaveLength(1);
  });
});
