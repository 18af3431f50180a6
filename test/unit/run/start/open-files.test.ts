import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LIMITS } from '../../../../src/core/limits/limits.ts';
import { checkOpenFiles } from '../../../../src/run/start/transport/open-files.ts';

function limitsOf(soft: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-limits-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const head = 'Limit                     Soft Limit           Hard Limit           Units     ';
  const row = `Max open files            ${soft.padEnd(21)}${soft.padEnd(21)}files     `;
  writeFileSync(
    join(directory, 'limits'),
    `${head}\nMax processes             17   17   processes\n${row}\n`,
  );
  return join(directory, 'limits');
}

test('more connections than this process may have open files are refused before any is made, with what to type', async () => {
  const limits = limitsOf('1024');
  const most = 1024 - LIMITS.filesBesideNodes;
  await checkOpenFiles(most, limits);
  await expect(checkOpenFiles(most + 1, limits)).rejects.toMatchObject({
    code: 'unreachable',
    message: `${most + 1} connections need 1025 open files, and this process may have 1024`,
    hint: expect.stringContaining('ulimit -n 1025'),
  });
});

test('where there is no limit, or none is known, it is found out by connecting', async () => {
  await checkOpenFiles(100_000, limitsOf('unlimited'));
  await checkOpenFiles(100_000, '/nowhere/limits');
});

test('what the system itself says is understood', async () => {
  await checkOpenFiles(1);
  if (process.platform === 'linux')
    await expect(checkOpenFiles(Number.MAX_SAFE_INTEGER - 1_000)).rejects.toThrow('this process may have');
});
