/** A directory of its own for each test of a file, or for all of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach } from 'vitest';

/** Makes one before each test, hands it over, and removes it after the test. Called once in a file, or in a describe. */
export function scratchForEach(take: (directory: string) => void): void {
  let made: string;
  beforeEach(() => {
    made = makeScratch();
    take(made);
  });
  afterEach(() => remove(made));
}

/** Makes one, and removes it after all tests of the file. */
export function scratchForFile(): string {
  const made = makeScratch();
  afterAll(() => remove(made));
  return made;
}

const makeScratch = () => mkdtempSync(join(tmpdir(), 'lockstep-test-'));
const remove = (directory: string) => rmSync(directory, { recursive: true, force: true });
