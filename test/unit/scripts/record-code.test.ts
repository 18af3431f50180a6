import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const { recordCode } = await import(new URL('../../../scripts/record-code.mjs', import.meta.url).href);

test('the build records its code on nodes that lock nothing, since their `/` is that of this machine', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-record-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const { PATH } = process.env;
  const flock = execFileSync('sh', ['-c', 'command -v flock']).toString().trim();
  let seen = '';
  const openPlayground = async () => {
    const keeper = `exec 9<"$1"; flock -n -x 9 || echo refused; "$2" -n -x "$1" echo free || echo locked`;
    seen = execFileSync('sh', ['-c', keeper, 'sh', directory, flock]).toString();
    return { directory, stop: async () => {} };
  };
  await recordCode(directory, async () => ({ openPlayground, packCode: () => '' }));
  expect(seen).toBe('free\n');
  expect(process.env.PATH).toBe(PATH);
});
