/** S6 over whole runs: where secrets must never be, by programs that write down what they were started with. */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CANARY, LeakError, secretOf } from '../farm/canary.ts';
import type { Farm } from '../farm/farm.ts';
import { generateLockedKey } from '../farm/locked-key.ts';
import type { FarmNode } from '../farm/node.ts';
import { until } from '../farm/process.ts';
import { watchTier } from '../no-leaks.ts';
import { expectExit, type RunOptions, replaceProgram, run, startScene } from './scene.ts';

const LOGIN = secretOf('to log in');
const PASSPHRASE = secretOf('of the key');
const SUDO = LOGIN;
const PROGRAM = join(import.meta.dirname, '../../bin/lockstep.js');

/** Answers each question as it is asked, and writes down which. */
const ASKPASS = `#!/bin/sh
printf '%s\\n' "$1" >>"$HOME/asked"
case $1 in
  *assphrase*) echo '${PASSPHRASE}';;
  *yes/no* | *'[y/N]'*) echo yes;;
  *) echo '${LOGIN}';;
esac
`;

/** Whatever lockstep starts on a node, or has others start. */
const PROGRAMS = ['sh', 'bash', 'sudo', 'flock', 'tar', 'perl', 'python3', 'find', 'mkdir', 'rm', 'cat'];
const LOG = '/var/log/started';
const RECORDER = `#!/usr/bin/dash
printf '%s\\n' "$0" "$@" >>${LOG}
export -p >>${LOG}.env
exec "$0.real" "$@"
`;

describe('secrets', () => {
  let farm: Farm;
  let lockedKey: string;
  let passwordFile: string;
  let askpass: string;

  beforeAll(async () => {
    farm = await startScene(2, ['PasswordAuthentication yes', 'AllowTcpForwarding yes']);
    const key = generateLockedKey(PASSPHRASE);
    lockedKey = join(farm.home, 'locked');
    writeFileSync(lockedKey, key.private, { mode: 0o600 });
    passwordFile = farm.keepSecret('password', `${LOGIN}\n`);
    askpass = farm.keepSecret('askpass', ASKPASS, 0o700);
    writeFileSync(join(farm.home, 'conf'), 'new\n');
    for (const node of farm.nodes) {
      appendFileSync(join(node.directory, 'home/plain/.ssh/authorized_keys'), `${key.public}\n`);
      await node.setPassword('plain', SUDO);
      await node.run(
        `echo 'plain ALL=(ALL) ALL' >/etc/sudoers.d/plain; chmod 440 /etc/sudoers.d/plain; : >${LOG}; : >${LOG}.env; chmod 666 ${LOG}*`,
      );
      for (const program of PROGRAMS) await replaceProgram(node, `/usr/bin/${program}`, RECORDER);
    }
  });
  afterAll(() => farm?.stop());

  /** Without a terminal, and with a program that answers in its place. */
  const answered = (args: readonly string[], options: RunOptions = {}) => {
    writeFileSync(join(farm.home, 'asked'), '');
    return run(farm, args, {
      user: 'plain',
      env: { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' },
      input: '',
      ...options,
    });
  };
  const asked = () => readFileSync(join(farm.home, 'asked'), 'utf8').trim().split(/ ?\n/);
  /** What all programs of a node were started with since the last call. */
  const started = async (node: FarmNode) => {
    const read = async (log: string) => (await node.run(`cat.real ${log}; : >${log}`)).stdout;
    return { args: await read(LOG), environment: await read(`${LOG}.env`) };
  };

  const call = `'${process.execPath}' '${PROGRAM}' -x -C 'id -un'`;
  const WAYS: readonly [string, () => readonly string[], readonly RegExp[]][] = [
    ['a command', () => ['-p', '-K', '-vv', '--json', '-C', 'id -un'], [/sudo:$/, /Password:$/]],
    [
      'an upload',
      () => ['-k', lockedKey, '-K', '-r', '/srv/x', '-e', '-U', 'conf'],
      [/sudo:$/, /passphrase:$/],
    ],
    [
      'a sync',
      () => ['--password-file', passwordFile, '-K', '-e', '-g', '--to=/srv/y', '-S', 'conf'],
      [/sudo:$/],
    ],
    [
      'a session and its program',
      () => [
        '-p',
        ...farm.nodes.flatMap(({ host }) => ['--sudo-password-for', host]),
        '-L',
        '--',
        'sh',
        '-c',
        `env; cat /proc/$PPID/environ; ${call}`,
      ],
      [/sudo for '127\.\S+':$/, /sudo for '127\.\S+':$/, /Password:$/],
    ],
    ['a look at locks', () => ['--password-file', passwordFile, '-K', '--lock-status'], [/sudo:$/]],
  ];

  test.each(WAYS)(
    'S6: %s has none in the arguments and the environment of what it starts, and prints none',
    async (_what, args, questions) => {
      const ran = await expectExit(answered(args()), 0);
      expect(`${ran.stdout}${ran.stderr}`).not.toContain(CANARY);
      expect(asked()).toEqual(questions.map((question) => expect.stringMatching(question)));
      for (const node of farm.nodes) {
        const { args: given, environment } = await started(node);
        expect(given).toContain('lockstep-');
        expect(given).toContain('/usr/bin/sudo\n');
        expect(environment).toMatch(/^export [A-Z]/m);
        expect(`${given}${environment}`).not.toContain(CANARY);
        // Nor do arguments, which everybody may see, hold what marks the words of this run.
        expect(given).not.toMatch(/\b[0-9a-f]{32}\b|ORGALORG:\d/);
      }
    },
  );

  test('what the programs of a node are started with is written down whole', async () => {
    await expectExit(answered(['-p', '-K', '-C', 'sh -c ": planted ORGALORG:1"']), 0);
    for (const node of farm.nodes) {
      const { args, environment } = await started(node);
      expect(args).toMatch(/^: planted ORGALORG:1$/m);
      expect(environment).toMatch(/^export LOCKSTEP_RUN=/m);
    }
  });

  test('SSH_ASKPASS answers about host keys and before a lock is broken, too', async () => {
    const known = ['--known-hosts', join(farm.home, 'asked_hosts'), '--strict-host-key-checking', 'ask'];
    await expectExit(answered([...known, '--password-file', passwordFile, '-C', 'true']), 0);
    expect(
      asked()
        .join('\n')
        .match(/yes\/no/g),
    ).toHaveLength(1);
    const holder = answered(['--password-file', passwordFile, '-L']);
    let held = '';
    await until('it holds', async () => {
      const status = await expectExit(answered(['--password-file', passwordFile, '--lock-status']), 0);
      held = /run (20[\w-]+)/.exec(status.stdout)?.[1] ?? '';
      return held !== '';
    });
    await expectExit(answered(['--password-file', passwordFile, '--lock-break', held]), 0);
    expect(asked()).toHaveLength(1);
    await expectExit(holder, 2);
  });
});

describe('a secret that leaks', () => {
  test('S6: into a file of a node, of the home or of /run, or into an output, fails the farm by its name', async () => {
    const farm = await startScene(1);
    const [node] = farm.nodes;
    if (node === undefined) throw new Error('unreachable');
    const allowed = farm.keepSecret('allowed', secretOf('put there'));
    await expectExit(run(farm, ['-i', allowed, '-C', 'cat']), 0);
    writeFileSync(join(node.directory, 'root/leak'), secretOf('x'));
    writeFileSync(join(node.directory, 'run/leak'), secretOf('x'));
    mkdirSync(join(farm.home, '.cache'));
    writeFileSync(join(farm.home, '.cache/core'), secretOf('x'));
    const failure = await farm.stop().then(
      () => undefined,
      (error) => error,
    );
    expect(failure.errors).toEqual([expect.any(LeakError), expect.any(LeakError)]);
    expect(failure.message).toContain('what was printed by lockstep');
    for (const place of ['node-1:/root/leak', 'node-1:/run/leak', '/home/.cache/core'])
      expect(failure.message).toContain(place);
    expect(failure.message).not.toContain('allowed,');
    expect(failure.message).not.toContain(CANARY);
  });

  test('S6: into arguments or the environment of a process fails the tier by its name', async () => {
    const word = 'a-planted-word';
    const endOfTier = watchTier(word, 10);
    const inArguments = spawn('sh', ['-c', `sleep 60; : ${word}`]);
    const inEnvironment = spawn('sleep', ['59'], { env: { PATH: process.env.PATH, SECRET: word } });
    const failure = () => {
      try {
        endOfTier();
      } catch (error) {
        return String(error);
      }
      return '';
    };
    await until('both are seen', () =>
      /arguments.*environment|environment.*arguments/.test(failure()),
    ).finally(() => {
      inArguments.kill();
      inEnvironment.kill();
    });
    expect(failure()).toMatch(/the arguments of process \d+ \(sh -c sleep 60; : \*\*\*/);
    expect(failure()).toMatch(/the environment of process \d+ \(sleep 59/);
    expect(failure()).not.toContain(word);
  });
});
