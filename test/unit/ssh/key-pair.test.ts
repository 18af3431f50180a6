// @module-tag slow: left out of npm run test:quick
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ParsedKey, utils } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../../src/demo/key-pair.ts';
import { scratchForFile } from '../../scratch.ts';

const directory = scratchForFile();

describe('key pairs of the demo', () => {
  it('every pair is one that ssh2 can sign with', () => {
    for (let count = 0; count < 1_000; count += 1) {
      const pair = generateKeyPair();
      const own = utils.parseKey(pair.private) as ParsedKey;
      const other = utils.parseKey(pair.public) as ParsedKey;
      expect(other.verify('data', own.sign('data'))).toBe(true);
    }
  });

  it('ssh-keygen reads the private key, and finds the same public key in it', () => {
    const pair = generateKeyPair();
    const file = join(directory, 'key');
    writeFileSync(file, pair.private, { mode: 0o600 });
    const printed = execFileSync('ssh-keygen', ['-y', '-f', file]).toString();
    expect(printed.trim()).toBe(pair.public);
  });
});
