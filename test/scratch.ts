/** A directory of its own for each test of a file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** Makes one before each test, hands it over, and removes it after the test. Called once in a file, or in a describe. */
export function scratchForEach(take: (directory: string) => void): void {
  let made: string;
  beforeEach(() => {
    made = mkdtempSync(join(tmpdir(), 'lockstep-test-'));
    take(made);
  });
  afterEach(() => rmSync(made, { recursive: true, force: true }));
}
