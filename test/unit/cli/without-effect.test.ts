import { expect, it } from 'vitest';
import { parseArguments } from '../../../src/cli/parse.ts';

it.each([
  ['-o a -e -n x -m -C id', ['-e', '-n', '-m']],
  ['-o a -i f -S x', ['-i']],
  ['-o a -i f -U x', ['-i']],
  ['-o a --shell sh --no-preserve-uid -L', ['--shell', '--no-preserve-uid']],
  ['-o a -y --lock-file /x -C id', ['--lock-file']],
  ['-o a -S', ['no files']],
  ['-o a -S --no-upload', []],
  ['-o a -i f -m -e -n x --lock-file /x -S f', []],
])('says what has no effect in %j, and goes on as orgalorg does', async (line, idle) => {
  const parsed = await parseArguments(line.split(' '));
  const remarks = parsed.kind === 'run' ? parsed.remarks : [];
  expect(remarks.map((remark) => remark.split(/ has| to/)[0])).toEqual(idle);
});
