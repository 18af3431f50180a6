/** `lockstep run --request` does what the same command line does, in every mode; and events tell the run. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { lockstep } from '../farm/lockstep.ts';
import { expectExit, run, startScene } from './scene.ts';

const BY_REQUEST = fileURLToPath(new URL('../farm/by-request.mjs', import.meta.url));

describe('a request', () => {
  let farm: Farm;

  beforeAll(async () => {
    farm = await startScene(3);
    await expectExit(run(farm, ['-C', 'true']), 0);
    mkdirSync(join(farm.home, 'tree'), { recursive: true });
    writeFileSync(join(farm.home, 'tree/file'), 'contents\n');
    writeFileSync(join(farm.home, 'input'), 'from here\n');
    writeFileSync(join(farm.home, 'more'), `worker@${farm.nodes[0]?.host}\n`);
  });
  afterAll(() => farm?.stop());

  const sorted = (text: string) =>
    text
      .replaceAll(/\d{8}T\d{6}-[0-9a-f]{8}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?|[\d.]+ m?s\b/g, '·')
      .replaceAll(/session-\w+|lockstep-\w+\/\w+/g, '·')
      .split('\n')
      .sort();

  test.each<[string, readonly string[], number]>([
    ['a command', ['-C', 'hostname; echo trouble >&2; exit 3'], 1],
    ['a command as root in a directory', ['-x', '-r', '/etc', '-C', 'pwd; id -u'], 0],
    ['a command with stdin', ['-i', './input', '-C', 'cat'], 0],
    ['a time limit', ['--timeout', '1s', '-C', 'sleep 9'], 124],
    ['JSON', ['--json', '-C', 'echo a'], 0],
    ['folded output', ['--fold', '-C', 'echo same'], 0],
    ['an upload', ['--send-all', '-e', '-r', '/srv/there', '-U', 'tree'], 0],
    ['an upload that a node refuses', ['-e', '-r', '/proc/nowhere', '-U', 'tree'], 69],
    ['a sync by the tool that ships', ['-e', '-g', '--to=/srv/tool', '-S', 'tree'], 0],
    [
      'a sync by a plain command',
      ['-m', '-n', 'ls tree', '--send-all', '-r', '/srv/plain', '-e', '-S', 'tree'],
      0,
    ],
    ['a program under the lock', ['-L', '--', 'sh', '-c', 'echo held; exit 5'], 5],
    ['the status of the lock', ['--lock-status'], 0],
    ['the end of a run that is not there', ['--lock-break', '20260101T000000-aaaaaaaa', '--yes'], 1],
    ['the nodes that are meant', ['--targets-from', 'cat more', '--list'], 0],
    [
      'a lock beside other readers',
      ['--lock-shared', '--lock-wait=5s', '--lock-reason', 'why', '-C', 'id'],
      0,
    ],
    ['a command as another user than root', ['--become', 'worker', '-C', 'id -un'], 0],
    ['options of ssh_config', ['-F', 'none', '--ssh-option', 'ConnectTimeout=20', '-C', 'hostname'], 0],
    ['a list of the nodes that failed', ['--failed-to', 'failed', '-C', 'exit 3'], 1],
  ])('does what the line does: %s', (_what, args, code) => expectSame(args, code));

  test('does what the line does: nodes behind a jump host', () =>
    expectSame(['-J', `root@${farm.nodes[0]?.host}`, '-C', 'hostname'], 0, farm.nodes.slice(1)));

  test('does what the line does: the ssh of this machine', () =>
    expectSame(
      ['--transport', 'openssh', '--known-hosts', '.ssh/known_hosts', '-k', farm.keyPath, '-C', 'hostname'],
      0,
    ));

  async function expectSame(args: readonly string[], code: number, nodes = farm.nodes): Promise<void> {
    const byLine = await expectExit(run(farm, args, { nodes }), code);
    const byRequest = await expectExit(run(farm, args, { nodes, program: BY_REQUEST }), code);
    expect(sorted(byRequest.stdout)).toEqual(sorted(byLine.stdout));
    expect(sorted(byRequest.stderr)).toEqual(sorted(byLine.stderr));
  }

  test('events tell the whole run, stamped with its id, and output byte by byte', async () => {
    const hosts = farm.nodes.map(({ host }) => `root@${host}`);
    const request = join(farm.home, 'request.json');
    const events = join(farm.home, 'events.jsonl');
    const text = "printf 'a\\377b'; exit 4";
    writeFileSync(
      request,
      JSON.stringify({ version: 1, targets: { hosts }, work: { mode: 'command', text } }),
    );
    const shell = `exec "$0" "$1" run --request "$2" --events 3 3>"$3"`;
    const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
    const starter = join(farm.home, 'start.mjs');
    writeFileSync(
      starter,
      `import { spawnSync } from 'node:child_process';
       const { status } = spawnSync('sh', ['-c', ${JSON.stringify(shell)}, process.execPath, ${JSON.stringify(program)}, ${JSON.stringify(request)}, ${JSON.stringify(events)}], { stdio: 'inherit' });
       process.exit(status);`,
    );
    await expectExit(lockstep([], { farm, program: starter }), 1);
    const lines = readFileSync(events, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const begun = lines.find(({ type }) => type === 'begun');
    expect(lines.slice(lines.indexOf(begun)).every(({ run: id }) => id === begun.run)).toBe(true);
    // A node's bytes may come in several pieces.
    const printed = new Map<string, string>();
    for (const { type, node, text: plain, base64 } of lines) {
      const bytes = Buffer.from(plain ?? base64 ?? '', plain === undefined ? 'base64' : 'utf8');
      if (type === 'output') printed.set(node, (printed.get(node) ?? '') + bytes.toString('latin1'));
    }
    expect([...printed].sort()).toEqual(farm.nodes.map(({ host }) => [`[root@${host}:22]`, 'a\xffb']).sort());
    expect(lines.at(-1)).toMatchObject({
      type: 'finished',
      exitCode: 1,
      failure: { code: 'command-failed' },
    });
    expect(lines.at(-1).outcomes).toEqual(
      farm.nodes.map(({ host }) => ({ node: `[root@${host}:22]`, kind: 'exit', code: 4 })),
    );
  });
});
