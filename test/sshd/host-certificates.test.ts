/** Nodes that prove themselves by a certificate, to whoever trusts the authority alone. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { expectExit, run, startScene } from './scene.ts';

describe('S3 a host certificate', () => {
  let farm: Farm;
  let directory: string;
  const keygen = (...args: readonly string[]) =>
    execFileSync('ssh-keygen', ['-q', ...args], { stdio: 'ignore' });

  beforeAll(async () => {
    farm = await startScene(1);
    directory = mkdtempSync(join(farm.home, 'certificates-'));
    keygen('-t', 'ed25519', '-N', '', '-f', join(directory, 'ca'));
    const [node] = farm.nodes;
    // One sshd more for each type of key, at a port of its own.
    for (const [index, type] of ['ed25519', 'ecdsa', 'rsa'].entries()) {
      const key = join(directory, type);
      keygen('-t', type, '-N', '', '-f', key);
      keygen('-s', join(directory, 'ca'), '-I', 'node', '-h', '-n', node?.host ?? '', `${key}.pub`);
      const put = ['', '-cert.pub'].map(
        (end) => `cat >/etc/ssh/of_${type}${end} <<'END'\n${readFileSync(key + end, 'utf8')}END\n`,
      );
      const start = `chmod 600 /etc/ssh/of_${type}; /usr/sbin/sshd -p ${2201 + index} -o ListenAddress=${node?.host} -o PidFile=none -o RekeyLimit=64K -h /etc/ssh/of_${type} -o HostCertificate=/etc/ssh/of_${type}-cert.pub`;
      const { code } = (await node?.run(`${put.join('')}${start}`)) ?? {};
      expect(code).toBe(0);
    }
  });
  afterAll(() => farm?.stop());

  test.each([
    ['ed25519', 2201],
    ['ecdsa', 2202],
    ['rsa', 2203],
  ])(
    'of a key %s is enough where strict checking knows the authority alone, also when keys are exchanged anew',
    async (_type, port) => {
      const host = farm.nodes[0]?.host ?? '';
      const known = join(directory, 'known_hosts');
      const authority = readFileSync(join(directory, 'ca.pub'), 'utf8');
      const call = () =>
        run(
          farm,
          [
            '--known-hosts',
            known,
            '--strict-host-key-checking',
            'yes',
            '-o',
            `root@${host}:${port}`,
            '-C',
            'seq 40000; echo in',
          ],
          { nodes: [] },
        );
      writeFileSync(known, `@cert-authority 127.* ${authority}`);
      expect((await expectExit(call(), 0)).stdout).toContain('in\n');
      writeFileSync(known, `@cert-authority 10.* ${authority}`);
      await expectExit(call(), 3);
    },
  );
});
