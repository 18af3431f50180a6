/** Sections 4 and 5: what an upload says, and what a sync tool made for orgalorg may rely on. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../../farm/farm.ts';
import { expectExit, run, startScene } from '../scene.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startScene(3);
  mkdirSync(join(farm.home, 'conf/many'), { recursive: true });
  for (const name of ['conf/a', "conf/it's b"]) writeFileSync(join(farm.home, name), 'text\n');
  for (let index = 0; index < 30; index++) writeFileSync(join(farm.home, `conf/many/${index}`), '');
});
afterAll(() => farm?.stop());

/** The lines of one node, without its name. */
const linesOf = (text: string, at: number) => {
  const prefix = `${farm.nodes[at]?.host} `;
  return text.split('\n').flatMap((line) => (line.startsWith(prefix) ? [line.slice(prefix.length)] : []));
};

describe('an upload', () => {
  test('4.6: names each file on stderr, with -v also what tar puts where', async () => {
    const files = ['conf/a', "conf/it's b"];
    const ran = await expectExit(run(farm, ['-e', '-r', '/srv/new', '-U', ...files]), 0);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain(" [INFO]     1/2 sending file: 'conf/a'\n");
    expect(ran.stderr).toContain(" [INFO]     2/2 sending file: 'conf/it's b'\n");
    const loud = await expectExit(run(farm, ['-v', '--send-all', '-e', '-r', '/srv/new', '-U', ...files]), 0);
    for (const { host } of farm.nodes) {
      expect(loud.stderr).toMatch(
        new RegExp(`\\[DEBUG\\] \\{cmd\\} <\\w+> \\[root@${host}:22\\] \\{tar\\} .*conf/a`),
      );
    }
    expect(loud.stdout).toBe('');
  });

  test('4.6, 9.13: of many files it tells the number', async () => {
    const ran = await expectExit(run(farm, ['-e', '-r', '/srv/many', '-U', 'conf']), 0);
    expect(ran.stderr).toContain('sending 32 files');
    expect(ran.stderr).not.toContain('sending file:');
  });

  test('4.4, 9.14, 9.18: goes to a directory with blanks, quotes and $ in its name', async () => {
    const root = `/srv/it's a $(id) "dir"`;
    await expectExit(run(farm, ['-e', '-r', root, '-U', "conf/it's b"]), 0);
    expect(await farm.nodes[2]?.run(`find /srv/it*`)).toMatchObject({
      stdout: `${root}\n${root}/conf\n${root}/conf/it's b\n`,
    });
  });

  test('4.4, 4.5: one that fails says in the words that scripts know that it did, and on which node', async () => {
    await farm.nodes[1]?.run('mkdir -p /srv/bad/conf/a');
    const ran = await expectExit(run(farm, ['-e', '-r', '/srv/bad', '-U', 'conf/a']), 4);
    expect(ran.stderr).toMatch(/\[FATAL\] can't upload files on the remote nodes/);
    expect(ran.stderr).toContain(`[root@${farm.nodes[1]?.host}:22]`);
    expect(await farm.nodes[0]?.run('ls /srv/bad')).toMatchObject({ code: 2 });
  });
});

/** As the known sync tools read: HELLO has two words, NODE three or more, a SYNC four; any other line is an error. */
const STRICT_TOOL = `
fail() { echo "unexpected: $*" >&2; exit 9; }
read -r prefix word rest && [ "$word$rest" = HELLO ] || fail "$prefix $word $rest"
case $prefix in ORGALORG:*) ;; *) fail "$prefix" ;; esac
count=0
while read -r own word node && [ "$word" = NODE ]; do
  [ "$own" = "$prefix" ] || fail "$own"
  case $node in *" CURRENT") current=\${node% CURRENT} ;; esac
  count=$((count + 1))
done
[ "$own $word" = "$prefix START" ] || fail "$own $word"
for step in gunter treetrunks; do
  echo "$step on $current"
  echo "$prefix SYNC $step"
  heard=0
  while [ "$heard" -lt "$count" ]; do
    read -r own word node text || fail end
    [ "$own $word $text" = "$prefix SYNC $step" ] || fail "$own $word $node $text"
    heard=$((heard + 1))
  done
done
echo "guntalina after $count"
`;

describe('a sync tool made for orgalorg', () => {
  test('5.2, 5.5: reads no line that it does not know, and goes in step with the others', async () => {
    const ran = await expectExit(run(farm, ['-n', STRICT_TOOL, '-S', '--no-upload']), 0);
    expect(ran.stderr).toBe('');
    const words = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ')[1]);
    expect(words).toEqual(['gunter', 'treetrunks', 'guntalina'].flatMap((word) => [word, word, word]));
    for (const [at, { host }] of farm.nodes.entries()) {
      expect(linesOf(ran.stdout, at)).toEqual([
        `gunter on [root@${host}:22]`,
        `treetrunks on [root@${host}:22]`,
        'guntalina after 3',
      ]);
    }
  });

  test('5.3: a SYNC is trimmed and told to all, its sender too; every other line is output', async () => {
    const tool = `
read -r prefix word
while read -r own word rest && [ "$word" != START ]; do :; done
[ "$LOCKSTEP_NODE" = '[root@${farm.nodes[0]?.host}:22]' ] && printf '%s\\n' "$prefix  SYNC x" "$prefix OTHER x" "$prefix SYNC   phase  one  "
IFS= read -r line; printf '%s\\n' "heard <$line>"
`;
    const ran = await expectExit(run(farm, ['-n', tool, '-S', '--no-upload']), 0);
    const heard = /^heard <ORGALORG:\d+ SYNC \[root@127[\d.]+:22\] phase {2}one>$/;
    expect(linesOf(ran.stdout, 0)).toEqual([
      expect.stringMatching(/^ORGALORG:\d+ {2}SYNC x$/),
      expect.stringMatching(/^ORGALORG:\d+ OTHER x$/),
      expect.stringMatching(heard),
    ]);
    for (const at of [1, 2]) expect(linesOf(ran.stdout, at)).toEqual([expect.stringMatching(heard)]);
  });

  test('5.4: one that fails on a node is named, with its code, in the words that scripts know', async () => {
    const [, odd] = farm.nodes;
    const tool = `[ "$(hostname)" != ${odd?.name} ] || exit 3`;
    const ran = await expectExit(run(farm, ['-n', tool, '-S', '--no-upload']), 1);
    expect(ran.stderr).toMatch(/\[FATAL\] failed to run sync command/);
    expect(ran.stderr).toContain(`sync tool on [root@${odd?.host}:22] exited with code 3`);
  });

  test('6.5: with --json its output is one object a line, and its messages are none', async () => {
    const ran = await expectExit(run(farm, ['--json', '-n', STRICT_TOOL, '-S', '--no-upload']), 0);
    const objects = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(objects.map(({ body }) => body.split(' ')[0])).toEqual(
      ['gunter', 'treetrunks', 'guntalina'].flatMap((word) => [word, word, word]),
    );
    expect(objects[0]).toEqual({
      body: expect.stringMatching(/^gunter on .*\n$/),
      host: expect.stringMatching(/^root@127/),
      node: expect.stringMatching(/^\[root@127[\d.]+:22\]$/),
      stream: 'stdout',
    });
  });
});
