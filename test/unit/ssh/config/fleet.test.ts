// @module-tag slow
/** A configuration such as somebody has it: 300 lines, with jumps, matches and files in it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveHost } from '../../../../src/ssh/config/host-config.ts';
import { loadConfig } from '../../../../src/ssh/config/load.ts';
import type { Case } from '../../../fuzz/ssh-config/generate.ts';
import { isInstalled } from '../../../fuzz/ssh-config/openssh.ts';
import { differences, localForTests } from '../../../fuzz/ssh-config/oracle.ts';

const directory = join(import.meta.dirname, 'fleet');
const files = Object.fromEntries(
  ['config', 'local', 'deeper', 'customers'].map((name) => [
    name,
    readFileSync(join(directory, name), 'utf8'),
  ]),
);
const named = Object.values(files)
  .flatMap((text) => [...text.matchAll(/^Host (.*)$/gm)])
  .flatMap(([, patterns = '']) => patterns.split(' '))
  .filter((pattern) => !pattern.startsWith('!'))
  .map((pattern) => pattern.replaceAll(/["']/g, '').replaceAll('?', '5').replace(/\*/g, 'z'));
const hosts = [...new Set([...named, 'web9.east', 'web19.lab', 'unknown', '10.9.9.9'])];

describe('a configuration of 300 lines', () => {
  test.skipIf(!isInstalled())('means to each alias what it means to ssh -G', async () => {
    const users = [undefined, 'root', 'deploy'];
    const cases: Case[] = hosts.map((host, at) => ({
      files,
      options: [],
      user: users[at % users.length],
      port: undefined,
      host,
    }));
    expect(cases.length).toBeGreaterThan(40);
    expect(await differences(cases)).toEqual([]);
  });

  test('is read once, and each of 1,000 hosts costs a look at its conditions', async () => {
    const local = localForTests();
    const path = join(directory, 'customers');
    const config = await loadConfig({ file: path, options: [], homes: local.homes, warn() {} });
    const names = Array.from({ length: 1000 }, (_, at) => `customer-${at}`);
    const ports = names.map((host) => resolveHost(config, { host }, local).config.port);
    expect(new Set(ports)).toEqual(new Set([2200]));
  });
});
