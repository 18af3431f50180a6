// @module-tag slow: left out of npm run test:quick
/** What the shipped tool does with a file whose path is too long where it shall go. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { linkTools, TOOLS } from '../node/node-tools.ts';
import { Member, runTools } from './tools.ts';

it.each(TOOLS)('F1: refuses it by name, and changes nothing, on a node with %s', async (tools) => {
  const member = new Member('[a@n1:22]', tools === 'busybox' ? ['busybox', 'sh'] : ['dash']);
  const bin = join(member.top, 'bin');
  mkdirSync(bin);
  linkTools(bin, tools);
  member.extra = { PATH: bin, LOCKSTEP_SINCE: 'now' };
  const deep = Array.from({ length: 16 }, (_, at) => `${at}`.padEnd(240, 'd'));
  const script = 'cd "$1"; for part in $2; do mkdir $part && cd -P $part; done; echo new >file';
  execFileSync('bash', ['-c', script, 'bash', join(member.top, 'run/etc'), deep.join(' ')]);
  member.put('outside/directory/f', 'kept');
  symlinkSync(join(member.top, 'outside'), join(member.top, 'run/etc/link'));
  const to = join(member.destination, 'p'.repeat(250));
  expect(await runTools([member], ['--to', to]), member.output).toEqual([1]);
  expect(member.output).toMatch(/undone: the path is too long for this node: /);
  expect(member.conf).toBe('old');
  expect(readdirSync(member.destination)).toEqual(['etc']);
  // What is removed of the stage is found by no link.
  expect(existsSync(join(member.top, 'outside/directory/f'))).toBe(true);
});
