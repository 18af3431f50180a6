import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openUnlinked } from '../../../src/core/unlinked-file.ts';
import { inTemporary } from '../transfer/trees.ts';

describe('a file without a name', () => {
  it('gives back what was written at each offset, and has no name', () =>
    inTemporary(async (directory) => {
      const spool = await openUnlinked(directory);
      expect(readdirSync(directory)).toEqual([]);
      await spool.write(Buffer.from('later'), 1_000_000);
      await spool.write(Buffer.from('first'), 7);
      expect((await spool.read(1_000_001, 3)).toString()).toBe('ate');
      expect((await spool.read(7, 5)).toString()).toBe('first');
      await expect(spool.read(1_000_003, 3)).rejects.toThrow('shorter');
      await spool.close();
    }));

  it('is refused where it cannot be made', async () => {
    await expect(openUnlinked('/proc/self/nonexistent')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
