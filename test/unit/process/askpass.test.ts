import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { askByProgram, askpassProgram } from '../../../src/process/askpass.ts';
import { scratchForFile } from '../../scratch.ts';

const directory = scratchForFile();

function program(text: string): string {
  const path = join(directory, 'askpass');
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

const NEVER = new AbortController().signal;

test.each([
  [{}, true, undefined],
  [{ SSH_ASKPASS: '/p' }, true, undefined],
  [{ SSH_ASKPASS: '/p' }, false, undefined],
  [{ SSH_ASKPASS: '/p', DISPLAY: ':0' }, false, '/p'],
  [{ SSH_ASKPASS: '/p', DISPLAY: ':0' }, true, undefined],
  [{ SSH_ASKPASS: '/p', SSH_ASKPASS_REQUIRE: 'force' }, true, '/p'],
  [{ SSH_ASKPASS: '/p', SSH_ASKPASS_REQUIRE: 'prefer' }, true, '/p'],
  [{ SSH_ASKPASS: '/p', SSH_ASKPASS_REQUIRE: 'never', DISPLAY: ':0' }, false, undefined],
  [{ SSH_ASKPASS_REQUIRE: 'force' }, false, undefined],
])('with %j and a terminal (%s) the program that asks is %s, as for ssh', (environment, isThere, asked) => {
  expect(askpassProgram(environment, isThere)).toBe(asked);
});

test('the first line that the program prints is the answer, and the prompt its argument', async () => {
  const path = program('printf "%s!\\nmore\\n" "$1"');
  expect(await askByProgram(path, 'a b', NEVER)).toBe('a b!');
});

test('a program that fails or is not there gives an empty answer', async () => {
  expect(await askByProgram(program('echo secret; exit 1'), 'x', NEVER)).toBe('');
  expect(await askByProgram(join(directory, 'missing'), 'x', NEVER)).toBe('');
});

test('an interrupt ends the question', async () => {
  const abort = new AbortController();
  const waiting = askByProgram(program('exec sleep 60'), 'x', abort.signal);
  abort.abort(new Error('interrupted'));
  await expect(waiting).rejects.toThrow('interrupted');
});
