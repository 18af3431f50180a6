/** Streams that commands read: they belong to the program, which must not die of them. */
import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { createJobs } from '../../../src/jobs/create-jobs.ts';
import type { Ground } from '../../../src/jobs/types.ts';
import { shellOf } from './shells.ts';

const GONE = {
  code: 'local-refusal',
  message: 'the input of the command could not be read: the disk is gone',
};
const CLOSED = {
  code: 'local-refusal',
  message: 'the input of the command was closed before its end',
};

test('a stream that fails ends the command, and says so', async () => {
  const { shell } = shellOf();
  const broken = new Readable({
    read() {
      this.destroy(new Error('the disk is gone'));
    },
  });
  await expect(shell.run('cat; sleep 1000', { stdin: broken })).rejects.toMatchObject(GONE);
});

test('one that has failed before is told, and no command begins', async () => {
  const { shell, heard } = shellOf();
  const broken = new Readable({ read() {} });
  broken.on('error', () => {}).destroy(new Error('the disk is gone'));
  await new Promise((resolve) => setImmediate(resolve));
  await expect(shell.run('echo begun', { stdin: broken })).rejects.toMatchObject(GONE);
  expect(heard.stdout).toBe('');
});

test('one that is closed before its end is half of what was meant: the command is ended, and waits for no more', async () => {
  const { shell } = shellOf();
  const cut = new PassThrough();
  cut.write('half');
  const running = shell.run('cat; sleep 1000', { stdin: cut });
  setTimeout(() => cut.destroy(), 50);
  await expect(running).rejects.toMatchObject(CLOSED);
  const before = new PassThrough();
  before.destroy();
  await expect(shell.run('cat', { stdin: before })).rejects.toMatchObject(CLOSED);
});

test('one that fails while the command waits for its turn kills no program, and is let go of behind the command', async () => {
  let begin = () => {};
  let ended = (_end: { code: number; signal: undefined }) => {};
  const result = new Promise<{ code: number; signal: undefined }>((resolve) => {
    ended = resolve;
  });
  const ground: Ground = {
    transfer: async () => {},
    start: () => ({
      begun: new Promise<void>((resolve) => {
        begin = resolve;
      }),
      result,
      end: () => ended({ code: 0, signal: undefined }),
    }),
  };
  const { shellOn } = createJobs();
  const stdin = new PassThrough();
  const running = shellOn({ name: 'A' }, ground).run('cat', { stdin });
  stdin.destroy(new Error('the disk is gone'));
  await expect(running).rejects.toMatchObject(GONE);
  begin();
  expect([stdin.listenerCount('error'), stdin.listenerCount('close')]).toEqual([0, 0]);
});
