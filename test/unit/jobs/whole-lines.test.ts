/** Commands that run at once on one site share its name, and whatever shows their output. */
import { expect, test } from 'vitest';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import { createJobs } from '../../../src/jobs/create-jobs.ts';
import type { StartOptions } from '../../../src/jobs/types.ts';
import { quiet } from './rehearsal.ts';

/** A site whose commands print and end when the test says so, and what is heard of them: `aaa|` has no newline of its own. */
function commands() {
  const heard: string[] = [];
  const begun = new Map<string, { print: StartOptions['onStdout']; end(): void }>();
  const { shellOn } = createJobs({
    local: () => ({
      transfer: async () => {},
      start(command, { onStdout }) {
        const result = new Promise<{ code: number; signal: undefined }>((resolve) => {
          begun.set(command, {
            print: (chunk) => onStdout(chunk),
            end: () => resolve({ code: 0, signal: undefined }),
          });
        });
        return { result, end: () => begun.get(command)?.end() };
      },
    }),
    tell(event) {
      if (event.type === 'output')
        heard.push(`${Buffer.from(event.chunk)}${event.endsLine === true ? '|' : ''}`);
    },
  });
  const print = (command: string, text: string) => begun.get(command)?.print(Buffer.from(text));
  const end = async (command: string) => {
    begun.get(command)?.end();
    await quiet();
  };
  return { heard, shell: shellOn({ name: 'here' }), print, end };
}

test('lines of two commands at once are whole, and one without a newline ends with its command', async () => {
  const { heard, shell, print, end } = commands();
  const both = [shell.run('a'), shell.run('b')];
  print('a', 'aaa');
  print('b', 'bbb');
  print('a', 'AAA\na');
  print('b', 'BBB\n');
  expect(heard).toEqual(['aaaAAA\n', 'bbbBBB\n']);
  print('b', 'b');
  await end('a');
  await end('b');
  expect(heard.slice(2)).toEqual(['a|', 'b|']);
  expect((await Promise.all(both)).map(({ stdout }) => stdout)).toEqual(['aaaAAA\na', 'bbbBBB\nb']);
});

test('a line that is too long is passed on in parts, and no byte is lost', async () => {
  const { heard, shell, print, end } = commands();
  const run = shell.run('a', { captureBytes: 0 });
  print('a', 'x'.repeat(LIMITS.outputLineBytesMax));
  expect(heard).toEqual([]);
  print('a', 'y\nz');
  await end('a');
  await run;
  expect(heard).toEqual(['x'.repeat(LIMITS.outputLineBytesMax), 'y\n', 'z|']);
});

test('a sink of its own gets the bytes of a command as they come', async () => {
  const { heard, shell, print, end } = commands();
  const taken: string[] = [];
  const run = shell.run('a', { stdout: { write: (chunk) => taken.push(`${Buffer.from(chunk as never)}`) } });
  print('a', 'Password: ');
  expect([taken, heard]).toEqual([['Password: '], []]);
  await end('a');
  await run;
});
