// @module-tag slow: left out of npm run test:quick
/** Several tools with the sync library and a session between them: they pass together, or undo together. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  directory,
  firstBlock,
  isInstalled,
  makeLibrary,
  names,
  readPage,
  runTogether,
  shells,
  tool,
} from './library.ts';

beforeAll(makeLibrary);

const readmeTool = firstBlock(readPage('../../../sync-tool/README.md'), 'sh');

describe.each(shells)('the sync library in %s', (shell, ...shellArguments) => {
  const words = [shell, ...shellArguments] as const;
  const together = (...bodies: string[]) => runTogether(bodies.map((body) => [...words, '-c', tool(body)]));

  it.runIf(isInstalled(shell))('three tools pass their barriers together', async () => {
    const body = 'hello; nodes; echo work; wait_for_all one; echo more; wait_for_all two; echo end';
    const { codes, printed, failures } = await together(body, `sleep 0.2; ${body}`, body);
    expect(codes).toEqual([0, 0, 0]);
    expect(failures).toEqual([]);
    const texts = printed.map((line) => line.slice(line.indexOf(' ') + 1));
    expect(texts).toEqual(['work', 'work', 'work', 'more', 'more', 'more', 'end', 'end', 'end']);
  });

  it.runIf(isInstalled(shell))('when one tool fails all undo, and none leaves before all have', async () => {
    const start = 'hello; nodes; undo() { echo undo; wait_for_all undone; echo bye; exit 1; }\n';
    const follow = `${start} wait_for_all one || undo; echo "must not happen"`;
    const { codes, printed } = await together(follow, `${start} say "failed disk full"; undo`, follow);
    expect(codes).toEqual([1, 1, 1]);
    expect(printed.map((line) => line.slice(2))).toEqual(['undo', 'undo', 'undo', 'bye', 'bye', 'bye']);
  });

  it.runIf(isInstalled(shell))(
    'when one tool dies the others learn its name, and undo without it',
    async () => {
      const follow = `hello; nodes; wait_for_all one || { echo "$? $failed_node"; wait_for_all undone; exit 1; }`;
      const { codes, printed, failures } = await together(follow, 'hello; nodes; kill -KILL $$', follow);
      expect(codes).toEqual([1, 'SIGKILL', 1]);
      expect(printed.toSorted()).toEqual([`0 1 ${names[1]}`, `2 1 ${names[1]}`]);
      expect(failures[0]).toContain('was ended by SIGKILL');
    },
  );

  it.runIf(isInstalled(shell))(
    'when one tool ends early and well the others undo, and do not hang',
    async () => {
      const follow = `hello; nodes; wait_for_all one || { echo "$failed_reason"; wait_for_all undone; exit 1; }`;
      const { codes, printed } = await together(follow, 'hello; nodes', follow);
      expect(codes).toEqual([1, 0, 1]);
      expect(printed.toSorted()).toEqual(['0 ended before it said one', '2 ended before it said one']);
    },
  );

  it.runIf(isInstalled(shell))(
    'a tool that knows the lines of orgalorg alone sees no other when the run fails, and is ended',
    async () => {
      const strict = `while read -r _ word _; do
        case $word in HELLO | NODE | START | SYNC) echo "$word" ;; *) echo "unknown: $word"; exit 99 ;; esac
      done`;
      const watcher = 'hello; nodes; say here; wait_for_all one || exit 7';
      const { codes, printed } = await runTogether(
        [strict, tool(watcher), tool('hello; nodes; say here; exit 3')].map((text) => [...words, '-c', text]),
        { rollbackGraceMs: 500 },
      );
      expect(codes).toEqual(['SIGKILL', 7, 3]);
      const seen = printed.map((line) => line.slice(2));
      expect(new Set(seen)).toEqual(new Set(['HELLO', 'NODE', 'START', 'SYNC']));
    },
  );

  it.runIf(isInstalled(shell))('a tool that waits hears TERM, and undoes by its trap', async () => {
    const body = `trap 'echo undo; exit 1' TERM; hello; nodes; { sleep 0.3; kill -TERM $$; } & wait_for_all one`;
    const other = 'hello; nodes; wait_for_all two';
    const { codes, printed } = await together(body, other, other);
    expect(codes).toEqual([1, 1, 1]);
    expect(printed).toEqual(['0 undo']);
  });

  it.runIf(isInstalled(shell))('the tool of the README changes all nodes, or none', async () => {
    writeFileSync(join(directory, 'readme-tool'), readmeTool);
    writeFileSync(join(directory, 'nginx.conf'), 'new\n');
    const stubs = 'nginx() { :; }; systemctl() { echo "$@"; };';
    const start = (position: number, stub = '') => {
      const file = join(directory, `live-${position}`);
      writeFileSync(file, 'old\n');
      return [...words, '-c', `${stubs} ${stub} . ./readme-tool`, 'sync', file];
    };
    const live = () => [0, 1, 2].map((position) => readFileSync(join(directory, `live-${position}`), 'utf8'));
    const run = (...stubsOf: string[]) => runTogether(stubsOf.map((stub, position) => start(position, stub)));
    expect((await run('', '', '')).codes).toEqual([0, 0, 0]);
    expect(live()).toEqual(['new\n', 'new\n', 'new\n']);
    for (const stub of ['nginx() { return 1; };', 'systemctl() { return 1; };', 'mv() { kill -KILL $$; };']) {
      const { codes } = await run('', '', stub);
      expect(codes.slice(0, 2)).toEqual([1, 1]);
      expect(live().slice(0, 2)).toEqual(['old\n', 'old\n']);
    }
  });
});
