import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CANARY, secretOf } from '../farm/canary.ts';
import type { Farm } from '../farm/farm.ts';
import { generateLockedKey } from '../farm/locked-key.ts';
import type { FarmNode } from '../farm/node.ts';
import { expectExit, run, startScene } from './scene.ts';
import { converse, typeAt } from './typist.ts';

const SECRET = secretOf('to log in');
const WRONG = secretOf('mistyped');
let farm: Farm;
let targets: string[];
let lockedKey: string;

beforeAll(async () => {
  farm = await startScene(2, ['PasswordAuthentication yes', 'PermitRootLogin yes', 'LogLevel VERBOSE']);
  targets = farm.nodes.flatMap(({ host }) => ['-o', `root@${host}`]);
  lockedKey = join(farm.home, 'locked');
  const key = generateLockedKey(SECRET);
  writeFileSync(lockedKey, key.private, { mode: 0o600 });
  for (const node of farm.nodes) {
    appendFileSync(join(node.directory, 'root/.ssh/authorized_keys'), `${key.public}\n`);
    await node.setPassword('root', SECRET);
  }
});
afterAll(() => farm?.stop());

describe('a secret is asked for on the terminal', () => {
  const refusals = async () => {
    const looks = farm.nodes.map((node) => node.run("grep -c 'Failed password' /var/log/sshd.log"));
    return (await Promise.all(looks)).map(({ stdout }) => Number(stdout));
  };
  const cat = ['-i', '/dev/stdin', '-C', 'cat'];

  test('S6 the passphrase of a key, once for all nodes and unseen, while stdin carries data', async () => {
    const typed = await typeAt(farm, [...targets, '-k', lockedKey, ...cat], {
      answer: `${SECRET}\r`,
      input: 'the data\n',
    });
    expect(typed).toMatchObject({ code: 0 });
    expect(typed.screen.split('Key passphrase: ')).toHaveLength(2);
    expect(typed.screen.split('the data')).toHaveLength(3);
    expect(typed.screen).not.toContain(CANARY);
  });

  test('a passphrase that is wrong three times ends the run before any connection, in words that scripts know', async () => {
    const wrong = ['Key passphrase: ', `${WRONG}\r`] as const;
    const turns = [wrong, wrong, wrong];
    const typed = await converse(farm, [...targets, '-k', lockedKey, ...cat], { turns, input: '' });
    expect(typed).toMatchObject({ code: 3 });
    expect(typed.screen.split(`${lockedKey}: Key passphrase: `)).toHaveLength(4);
    expect(typed.screen).toContain('invalid passphrase for private key specified');
  });

  test('called as orgalorg a secret is asked for once, since scripts answer once', async () => {
    const program = join(farm.home, 'orgalorg');
    symlinkSync(fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url)), program);
    const turns = [['Key passphrase: ', `${WRONG}\r`] as const];
    const typed = await converse(farm, [...targets, '-k', lockedKey, ...cat], { turns, input: '', program });
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
    expect(typed.screen).not.toContain(CANARY);
  });

  test('a wrong password is asked for again before any other node has seen it, and the right one then logs in everywhere', async () => {
    const before = await refusals();
    const typed = await converse(farm, [...targets, '-p', '-C', 'echo', 'in'], {
      turns: [
        ['root: Password: ', `${WRONG}\r`],
        ['the password was refused; root: Password: ', `${SECRET}\r`],
      ],
      input: '',
    });
    expect(typed, typed.screen).toMatchObject({ code: 0 });
    expect(typed.screen).not.toContain(CANARY);
    const after = await refusals();
    expect(after.map((count, at) => count - (before[at] ?? 0)).sort()).toEqual([0, 1]);
  });

  test('S17: a password that is wrong three times ends the run, and is refused by name', async () => {
    const turn = ['Password: ', `${WRONG}\r`] as const;
    const typed = await converse(farm, [...targets, '-p', '-C', 'id'], {
      turns: [turn, turn, turn],
      input: '',
    });
    expect(typed, typed.screen).toMatchObject({ code: 3 });
    expect(typed.screen.match(/the password was refused; root: Password: /g)).toHaveLength(2);
    expect(typed.screen).toContain('hint: check the user (-u) and the password');
    expect(typed.screen).not.toContain(CANARY);
  });

  test('L15 Ctrl-C instead of an answer ends the run as an interrupt', async () => {
    const typed = await typeAt(farm, [...targets, '-p', '-C', 'id'], { answer: '\x03', input: '' });
    expect(typed).toMatchObject({ code: 130 });
  });

  test('S6: --password-file logs in with what is in a private file, a pipe or stdin, and asks nobody', async () => {
    const file = farm.keepSecret('password', `${SECRET}\n`);
    const byFile = await expectExit(run(farm, ['--password-file', file, '-C', 'echo in']), 0);
    expect(byFile.stdout.match(/ in$/gm)).toHaveLength(2);
    const byStdin = run(farm, ['--password-file', '-', '-C', 'echo in'], { input: `${SECRET}\n` });
    await expectExit(byStdin, 0);
    const pipe = run(farm, ['--password-file', '/dev/stdin', '-i', file, '-C', 'wc -l'], {
      input: `${SECRET}\n`,
    });
    expect((await expectExit(pipe, 0)).stdout.match(/ 1$/gm)).toHaveLength(2);
    chmodSync(file, 0o644);
    const exposed = await expectExit(run(farm, ['--password-file', file, '-C', 'echo in']), 64);
    expect(exposed.stderr).toContain('others may read or write it');
  });

  test('S17: a wrong password of a file is sent to one node, and the others say that it was not', async () => {
    const before = await refusals();
    const wrong = run(farm, ['--password-file', '-', '-C', 'id'], { input: `${WRONG}\n` });
    const { stderr } = await expectExit(wrong, 3);
    expect(stderr).toMatch(/the password was not tried, since \[root@127\.\S+:22\] has refused it/);
    const after = await refusals();
    expect(after.map((count, at) => count - (before[at] ?? 0)).sort()).toEqual([0, 1]);
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

describe('S2 host keys that nobody knows', () => {
  test('are asked about once for all nodes, and the run goes on with a yes', async () => {
    const known = join(farm.home, 'asked_hosts');
    const args = ['-F', 'none', '--known-hosts', known, '--strict-host-key-checking', 'ask', '-C', 'echo in'];
    const refused = await converse(farm, [...targets, ...args], { turns: [['\\(yes/no\\) ', 'no\r']] });
    expect(refused).toMatchObject({ code: 3 });
    const typed = await converse(farm, [...targets, ...args], { turns: [['\\(yes/no\\) ', 'yes\r']] });
    expect(typed).toMatchObject({ code: 0 });
    expect(typed.screen.match(/\(yes\/no\)/g)).toHaveLength(1);
    expect(typed.screen.match(/ssh-ed25519 SHA256:/g)).toHaveLength(2);
    const lines = farm.nodes.map(({ host, hostKey }) => `${host} ${hostKey}`);
    expect(readFileSync(known, 'utf8').trimEnd().split('\n').sort()).toEqual(lines.sort());
  });

  test('of a jump host is asked about once before that of the node behind it, and both are remembered by their names', async () => {
    const [gate, leaf] = farm.nodes as [FarmNode, FarmNode];
    const known = join(farm.home, 'asked_on_the_way');
    const way = ['-F', 'none', '-J', `root@${gate.host}`, '-o', `root@${leaf.name}`];
    const args = ['--known-hosts', known, '--strict-host-key-checking', 'ask', '-C', 'hostname'];
    const turns = [
      [`${gate.host}[^(]*\\(yes/no\\) `, 'yes\r'],
      [`${leaf.name}[^(]*\\(yes/no\\) `, 'yes\r'],
    ] as const;
    const typed = await converse(farm, [...way, ...args], { turns });
    expect(typed).toMatchObject({ code: 0 });
    expect(typed.screen.match(/\(yes\/no\)/g)).toHaveLength(2);
    const lines = readFileSync(known, 'utf8').trimEnd().split('\n');
    expect(lines).toEqual([`${gate.host} ${gate.hostKey}`, `${leaf.name} ${leaf.hostKey}`]);
  });
});
