import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { openInput } from '../../../../src/run/start/input.ts';

test('-i - names a file, as in orgalorg; where there is none the hint names the stdin of this machine', async () => {
  const open = (path: string) => openInput(path, { stdin: () => Readable.from([]) });
  await expect(open('-')).rejects.toMatchObject({ code: 'usage', hint: 'stdin is -i /dev/stdin' });
  const other = await open('./no-such-file').catch((error: unknown) => error);
  expect(other).toMatchObject({ code: 'usage', hint: undefined });
});
