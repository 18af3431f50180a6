import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { startScene } from './scene.ts';
import { typeAt } from './typist.ts';

const SECRET = 'correct horse 7';
let farm: Farm;
let targets: string[];
let lockedKey: string;

beforeAll(async () => {
  farm = await startScene(2, ['PasswordAuthentication yes', 'PermitRootLogin yes']);
  targets = farm.nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
  lockedKey = join(farm.home, 'locked');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', SECRET, '-C', 'me', '-f', lockedKey]);
  for (const node of farm.nodes) {
    appendFileSync(
      join(node.directory, 'root/.ssh/authorized_keys'),
      readFileSync(`${lockedKey}.pub`, 'utf8'),
    );
    await node.run(`echo 'root:${SECRET}' | chpasswd`);
  }
}, 120_000);
afterAll(() => farm?.stop());

describe('a secret is asked for on the terminal', () => {
  const cat = ['-i', '/dev/stdin', '-C', 'cat'];

  test('S6 the passphrase of a key, once for all nodes and unseen, while stdin carries data', async () => {
    const typed = await typeAt(farm, [...targets, '-k', lockedKey, ...cat], {
      answer: `${SECRET}\r`,
      input: 'the data\n',
    });
    expect(typed).toMatchObject({ code: 0 });
    expect(typed.screen.split('Key passphrase: ')).toHaveLength(2);
    expect(typed.screen.split('the data')).toHaveLength(3);
    expect(typed.screen).not.toContain('horse');
  });

  test('a wrong passphrase ends the run before any connection, in words that scripts know', async () => {
    const typed = await typeAt(farm, [...targets, '-k', lockedKey, ...cat], { answer: 'wrong\r', input: '' });
    expect(typed).toMatchObject({ code: 3 });
    expect(typed.screen).toContain('invalid passphrase for private key specified');
  });

  test('the password of -p, typed with a correction', async () => {
    const typed = await typeAt(farm, [...targets, '-p', '-C', 'echo', 'in'], {
      answer: `${SECRET}x\x7f\r`,
      input: '',
    });
    expect(typed).toMatchObject({ code: 0 });
    expect(typed.screen.split('Password: ')).toHaveLength(2);
    expect(typed.screen).not.toContain('horse');
  });

  test('a wrong password is tried once on each node, and the run says which nodes refused it', async () => {
    const typed = await typeAt(farm, [...targets, '-p', '-C', 'id'], {
      answer: 'SECRET-CANARY\r',
      input: '',
    });
    expect(typed).toMatchObject({ code: 3 });
    expect(typed.screen).toContain('tried the password');
    expect(typed.screen).not.toContain('CANARY');
  });

  test('L15 Ctrl-C instead of an answer ends the run as an interrupt', async () => {
    const typed = await typeAt(farm, [...targets, '-p', '-C', 'id'], { answer: '\x03', input: '' });
    expect(typed).toMatchObject({ code: 130 });
  });

  test('without a terminal -p is refused before any connection', async () => {
    const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
    const ran = spawnSync('setsid', ['-w', process.execPath, program, ...targets, '-p', '-C', 'id'], {
      encoding: 'utf8',
    });
    expect(ran).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('TTY is required for reading password'),
    });
  });
});
