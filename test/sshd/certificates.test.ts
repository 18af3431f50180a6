/** Users with certificates, whose nodes know nothing but the authority. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { expectExit, run, startScene } from './scene.ts';

describe('a user certificate', () => {
  let farm: Farm;
  let directory: string;
  const path = (name: string) => join(directory, name);
  const keygen = (...args: readonly string[]) =>
    execFileSync('ssh-keygen', ['-q', ...args], { stdio: 'ignore' });

  beforeAll(async () => {
    farm = await startScene(2, ['TrustedUserCAKeys /etc/ssh/user_ca.pub']);
    directory = mkdtempSync(join(farm.home, 'certificates-'));
    keygen('-t', 'ed25519', '-N', '', '-f', path('ca'));
    for (const type of ['ed25519', 'ecdsa', 'rsa']) keygen('-t', type, '-N', '', '-f', path(type));
    const authority = readFileSync(path('ca.pub'), 'utf8').trim();
    for (const node of farm.nodes) await node.run(`echo '${authority}' >/etc/ssh/user_ca.pub`);
  });
  afterAll(() => farm?.stop());

  function certify(name: string, ...args: readonly string[]): string {
    keygen('-s', path('ca'), '-I', 'someone', ...args, path(`${name}.pub`));
    return path(`${name}-cert.pub`);
  }

  test.each(['ed25519', 'ecdsa', 'rsa'])('beside the key of -k logs in: %s', async (name) => {
    certify(name, '-n', 'root');
    const ran = await expectExit(run(farm, ['-k', path(name), '-C', 'echo in']), 0);
    expect(ran.stdout.match(/ in$/gm)).toHaveLength(2);
  });

  test('for other principals ends with exit 3, by name and with what it holds', async () => {
    const file = certify('ed25519', '-n', 'alice');
    const ran = await expectExit(run(farm, ['-k', path('ed25519'), '-C', 'true']), 3);
    expect(ran.stderr).toContain(file);
    expect(ran.stderr).toContain("certificate 'someone' for 'alice'");
  });

  test('that has expired ends with exit 3, by name and with what it holds', async () => {
    const file = certify('ed25519', '-n', 'root', '-V', '20200101000000Z:20210101000000Z');
    const ran = await expectExit(run(farm, ['-k', path('ed25519'), '-C', 'true']), 3);
    expect(ran.stderr).toMatch(`the certificate ${file} was not used: it expired at 202`);
    expect(ran.stderr).toContain("certificate 'someone' for 'root'");
  });

  test('of CertificateFile logs in with the key that belongs to it', async () => {
    copyFileSync(certify('ecdsa', '-n', 'root'), path('mine.pub'));
    certify('ecdsa', '-n', 'alice');
    const options = ['--ssh-option', `CertificateFile=${path('mine.pub')}`];
    await expectExit(run(farm, ['-k', path('ecdsa'), ...options, '-C', 'true']), 0);
  });

  test.each(['ed25519', 'rsa'])(
    'that ssh-agent holds logs in, also where only a file has it: %s',
    async (name) => {
      const socket = path(`agent-${name}`);
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
      farm.atStop(() => agent.kill());
      await once(agent.stdout, 'data');
      const add = () =>
        execFileSync('ssh-add', ['-q', path(name)], {
          env: { ...process.env, SSH_AUTH_SOCK: socket },
          stdio: 'ignore',
        });
      const home = mkdtempSync(join(directory, 'home-'));
      mkdirSync(join(home, '.ssh'));
      const env = { HOME: home, SSH_AUTH_SOCK: socket };
      certify(name, '-n', 'root');
      add();
      await expectExit(run(farm, ['-C', 'true'], { env }), 0);
      // The certificate that the agent took is of no use; that of the file is.
      certify(name, '-n', 'alice');
      execFileSync('ssh-add', ['-q', '-D'], {
        env: { ...process.env, SSH_AUTH_SOCK: socket },
        stdio: 'ignore',
      });
      add();
      await expectExit(run(farm, ['-C', 'true'], { env }), 3);
      copyFileSync(certify(name, '-n', 'root'), path(`of-${name}.pub`));
      writeFileSync(path('config'), `CertificateFile ${path(`of-${name}.pub`)}\n`);
      await expectExit(run(farm, ['-F', path('config'), '-C', 'true'], { env, readsSshConfig: true }), 0);
      agent.kill();
    },
  );
});
