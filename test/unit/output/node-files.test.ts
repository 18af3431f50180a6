import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Stream } from '../../../src/core/events.ts';
import type { Node } from '../../../src/core/node.ts';
import type { NodeOutcome } from '../../../src/core/outcome.ts';
import { nodeFilePath, openNodeFiles } from '../../../src/output/node-files.ts';
import { checkFailedList, writeFailedList } from '../../../src/output/report/failed-list.ts';
import { scratchForEach } from '../../scratch.ts';
import { asked, filesOf, resolved } from '../targets/asked.ts';
import { makeNode } from './fixtures.ts';

let home: string;
scratchForEach((made) => {
  home = made;
});

const output = (node: Node, text: string, stream: Stream = 'stdout') =>
  ({ type: 'output', node, stream, chunk: Buffer.from(text) }) as const;

describe('--outdir', () => {
  const [web1, web2] = [makeNode('web1'), makeNode('fe80::1', 2222, 'ann')] as const;

  test('has one file a node, and one more for stderr where there is any; those of an earlier run are gone', async () => {
    const directory = join(home, 'a', 'b');
    for (const word of ['first', 'second']) {
      const files = await openNodeFiles(directory, [web1, web2]);
      if (word === 'first') files.output(output(web2, 'trouble', 'stderr'));
      for (const part of [word, '\n', '\x1b[31m']) files.output(output(web1, part));
      expect(await files.close()).toBeUndefined();
      const errors = word === 'first' ? ['ann@[fe80::1]:2222.err'] : [];
      expect(readdirSync(directory).sort()).toEqual([
        ...errors,
        'ann@[fe80::1]:2222.out',
        'root@web1:22.out',
      ]);
      expect(readFileSync(join(directory, 'root@web1:22.out'), 'utf8')).toBe(`${word}\n\x1b[31m`);
    }
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test('of a thousand nodes that write at once, every byte arrives, and few descriptors are open', async () => {
    const nodes = Array.from({ length: 1000 }, (_, index) => makeNode(`n${index}`));
    const files = await openNodeFiles(home, nodes);
    let openMax = 0;
    const looking = setInterval(() => {
      openMax = Math.max(openMax, readdirSync('/proc/self/fd').length);
    }, 5);
    const before = readdirSync('/proc/self/fd').length;
    for (let round = 0; round < 5; round++) {
      for (const node of nodes) void files.output(output(node, `${node.host} ${round}\n`));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await files.close()).toBeUndefined();
    clearInterval(looking);
    expect(openMax - before).toBeLessThan(100);
    for (const node of nodes) {
      const text = [0, 1, 2, 3, 4].map((round) => `${node.host} ${round}\n`).join('');
      expect(readFileSync(nodeFilePath(home, node, 'stdout'), 'utf8')).toBe(text);
    }
  });

  test('holds a node back that writes faster than the disk', async () => {
    const files = await openNodeFiles(home, [web1]);
    const big = 'x'.repeat(600_000);
    expect(files.output(output(web1, big))).toBeUndefined();
    const held = files.output(output(web1, big));
    expect(held).toBeInstanceOf(Promise);
    await held;
    await files.close();
    expect(statSync(nodeFilePath(home, web1, 'stdout')).size).toBe(1_200_000);
  });

  test('tells which files are not complete, and goes on with the others', async () => {
    const files = await openNodeFiles(home, [web1, web2]);
    rmSync(nodeFilePath(home, web1, 'stdout'));
    mkdirSync(nodeFilePath(home, web1, 'stdout'));
    for (const node of [web1, web2]) files.output(output(node, 'text'));
    const error = await files.close();
    expect(error).toMatchObject({ code: 'file-not-written', exitCode: 74, causes: [{ node: web1 }] });
    expect(readFileSync(nodeFilePath(home, web2, 'stdout'), 'utf8')).toBe('text');
  });

  test('what cannot be written to is refused before anything is done, and no link is followed', async () => {
    writeFileSync(join(home, 'file'), '');
    const refusal = { code: 'usage', message: expect.stringContaining("can't write to") };
    await expect(openNodeFiles(join(home, 'file'), [web1])).rejects.toMatchObject(refusal);
    writeFileSync(join(home, 'precious'), 'kept');
    symlinkSync(join(home, 'precious'), nodeFilePath(home, web1, 'stdout'));
    await expect(openNodeFiles(home, [web1])).rejects.toMatchObject(refusal);
    expect(readFileSync(join(home, 'precious'), 'utf8')).toBe('kept');
  });

  test('no name of a node leads out of the directory', () => {
    const name = (node: Node) => nodeFilePath('/d', node, 'stdout');
    expect(name(makeNode('fe80::1%eth/0', 22, '..'))).toBe('/d/%2e.@[fe80::1%25eth%2f0]:22.out');
  });
});

describe('--failed-to', () => {
  const nodes = [makeNode('web1'), makeNode('fe80::1', 2222, 'ann'), makeNode('web2', 2022)] as const;
  const ended = (isOk: (node: Node) => boolean): NodeOutcome[] =>
    nodes.map((node) => ({ node, outcome: isOk(node) ? { kind: 'ok' } : { kind: 'exit', code: 1 } }));

  test('is a host file that names exactly the nodes that are not ok', async () => {
    const path = join(home, 'failed');
    await writeFailedList(
      path,
      ended(({ host }) => host === 'web1'),
    );
    expect(readFileSync(path, 'utf8')).toBe('ann@[fe80::1]:2222\nroot@web2:2022\n');
    const again = await resolved(
      asked({ hosts: [path], user: 'other' }),
      filesOf({ [path]: readFileSync(path, 'utf8') }),
    );
    expect(again.map(({ id }) => id)).toEqual([nodes[1].id, nodes[2].id]);
    await writeFailedList(
      path,
      ended(() => true),
    );
    expect(readFileSync(path, 'utf8')).toBe('');
    expect(readdirSync(home)).toEqual(['failed']);
  });

  test('keeps a link, and writes into what is no plain file instead of replacing it', async () => {
    symlinkSync('target', join(home, 'link'));
    writeFileSync(join(home, 'target'), 'old');
    await writeFailedList(
      join(home, 'link'),
      ended(() => false),
    );
    expect(readFileSync(join(home, 'target'), 'utf8')).toMatch(/^root@web1:22\n/);
    await checkFailedList('/dev/null');
    await writeFailedList(
      '/dev/null',
      ended(() => false),
    );
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('is refused before the run where it cannot be written, and is a failure of its own where that shows later', async () => {
    for (const path of [home, join(home, 'no', 'where')]) {
      await expect(checkFailedList(path)).rejects.toMatchObject({ code: 'usage' });
      const error = { code: 'file-not-written', exitCode: 74 };
      const written = writeFailedList(
        path,
        ended(() => false),
      );
      await expect(written).rejects.toMatchObject(error);
    }
    expect(readdirSync(home)).toEqual([]);
  });
});
