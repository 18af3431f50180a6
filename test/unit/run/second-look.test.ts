import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/core/errors.ts';
import type { RunEvent } from '../../../src/core/events.ts';
import { type Node, nodeId } from '../../../src/core/node.ts';
import { collect } from '../../../src/run/start/collect.ts';
import { connectError } from '../../../src/run/start/connect.ts';
import { privateKeyKind, unlessLoginKey } from '../../../src/run/start/private-key.ts';
import { lookTwice } from '../../../src/run/start/second-look.ts';
import { targetHint } from '../../../src/run/start/target-hint.ts';
import { scratchForEach } from '../../scratch.ts';
import { asked } from '../cli/asked.ts';

const OPENSSH = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb\n-----END OPENSSH PRIVATE KEY-----\n';
const RSA = '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n';

let directory: string;
const before = { cwd: process.cwd(), home: process.env.HOME };

scratchForEach((made) => {
  directory = made;
  process.chdir(directory);
});
afterEach(() => {
  process.chdir(before.cwd);
  process.env.HOME = before.home;
});

function node(user: string, host = 'web1'): Node {
  return { id: nodeId(user, host, 22), user, host, port: 22, given: host };
}

/** What is told of this line before anything is connected, each with its level. */
async function told(argv: readonly string[], nodes = [node('deploy')]): Promise<string[]> {
  const request = await asked(argv);
  const lines: string[] = [];
  const tell = (event: RunEvent) => {
    if (event.type === 'log') lines.push(`${event.level}: ${event.message}`);
  };
  const here = { environment: process.env, expect() {}, stdin: () => Readable.from([]), tell };
  lookTwice({ request, tell, here, progress: { nodes } }, await collect(request.work, here));
  return lines;
}

describe('-i', () => {
  test.each([
    ['an OpenSSH key, whatever its name', 'deploy.pem', OPENSSH, ['-C', 'cat']],
    ['an OpenSSH key where -k names another', 'lab', OPENSSH, ['-k', 'x', '-C', 'cat']],
    [
      'one behind a comment and with CRLF',
      'lab',
      `# mine\r\n${OPENSSH.replaceAll('\n', '\r\n')}`,
      ['-C', 'cat'],
    ],
    ['one with a byte order mark', 'lab', `\u{FEFF}${OPENSSH}`, ['-C', 'cat']],
    ['a PuTTY key', 'lab.ppk', 'PuTTY-User-Key-File-3: ssh-ed25519\n', ['-C', 'cat']],
    ['a PEM key for a command that reads nothing', 'aws.pem', RSA, ['-C', 'uptime']],
    ['a PKCS#8 key for such a command', 'k8', RSA.replaceAll('RSA ', ''), ['-C', 'uptime', '-a']],
    [
      'an encrypted one',
      'k8',
      RSA.replaceAll('RSA ', 'ENCRYPTED '),
      ['-C', 'systemctl', 'cat', 'x'].slice(0, 2),
    ],
    ['a PEM key for -S -m', 'aws.pem', RSA, ['-m', '-n', 'uptime', '-S']],
  ])('S18: never sends the private key that logs in: %s', async (_what, name, text, rest) => {
    writeFileSync(name, text);
    await expect(told(['-o', 'web1', '-i', name, ...rest])).rejects.toMatchObject({
      code: 'usage',
      message: `-i would send a private key to every node: '${name}'`,
      hint: expect.stringContaining('-k FILE'),
    });
  });

  test.each([
    ['where the command reads it', ['-C', 'cat >/etc/ssl/key.pem']],
    ['where it is installed', ['-C', 'install -m 600 /dev/stdin /etc/ssl/key.pem']],
    ['where another key logs in', ['-k', 'x', '-C', './renew']],
  ])('sends the key of a web server, aloud: %s', async (_when, rest) => {
    writeFileSync('server.pem', `-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n${RSA}`);
    expect(await told(['-o', 'web1', '-i', 'server.pem', ...rest])).toEqual([
      "warn: 'server.pem' holds a private key: it is sent to the stdin of every command",
    ]);
  });

  /** What is sent of these pieces of a pipe, and what is told, until it is refused. */
  async function piped(pieces: readonly string[], name = '/dev/fd/63', rest = ['-C', 'uptime']) {
    const request = await asked(['-o', 'web1', '-i', name, ...rest]);
    const [sent, lines]: [string[], string[]] = [[], []];
    const tell = (event: RunEvent) => void (event.type === 'log' && lines.push(event.message));
    const source = (async function* () {
      for (const piece of pieces) yield Buffer.from(piece);
    })();
    const refused = await (async () => {
      for await (const piece of unlessLoginKey(source, name, { request, tell })) sent.push(piece.toString());
    })().catch((thrown: LockstepError) => thrown.message);
    return { sent, lines, refused };
  }

  test.each([
    ['whole', [OPENSSH]],
    ['byte by byte', [...OPENSSH]],
    ['behind other lines', ['# mine\n', OPENSSH]],
  ])('S18: sends no byte of a key that comes through a pipe: %s', async (_how, pieces) => {
    const { sent, refused } = await piped(pieces);
    expect(refused).toBe("-i would send a private key to every node: '/dev/fd/63'");
    expect(sent.join('')).not.toContain('b3Blb');
  });

  test('sends all else that comes through a pipe piece by piece, and the key of a web server aloud, once', async () => {
    const long = Array.from({ length: 9 }, () => 'x'.repeat(9_000));
    expect(await piped(long)).toMatchObject({ sent: long, lines: [], refused: undefined });
    const server = await piped([RSA, RSA], 'fifo', ['-C', 'cat >key.pem']);
    expect(server).toMatchObject({ sent: [RSA, RSA], refused: undefined });
    expect(server.lines).toEqual([expect.stringContaining('holds a private key')]);
    const meant = await piped([OPENSSH], '/dev/stdin');
    expect(meant).toMatchObject({ sent: [OPENSSH], refused: undefined });
  });

  test('sends all that is no private key without a word', async () => {
    writeFileSync('key.pub', 'ssh-ed25519 AAAAC3 me\n');
    expect(await told(['-o', 'web1', '-i', 'key.pub', '-C', 'uptime'])).toEqual([]);
    expect(privateKeyKind('how to: put "-----BEGIN OPENSSH PRIVATE KEY-----" there')).toBeUndefined();
    expect(privateKeyKind('-----BEGIN CERTIFICATE-----\nMIIE\n')).toBeUndefined();
  });
});

describe('-r', () => {
  test('that the local shell has expanded is told: a warning where files go there', async () => {
    process.env.HOME = '/home/op/';
    writeFileSync('f', '');
    const path = join(directory, 'f');
    const text =
      "-r '/home/op/app' begins with your home on this machine; for the login directory of the nodes write '~/app', in quotes";
    expect(await told(['-o', 'web1', '-r', '/home/op/app', '-U', path])).toEqual([`warn: ${text}`]);
    expect(await told(['-o', 'web1', '-r', '/home/op/app', '-C', 'pwd'])).toEqual([`info: ${text}`]);
    expect(await told(['-o', 'web1', '--lock-file', '/home/op', '-C', 'pwd'])).toEqual([
      expect.stringMatching(/^info: --lock-file '\/home\/op' begins .* write '~', in quotes$/),
    ]);
    expect(await told(['-o', 'web1', '-g', '--to=/home/op/app', '-S', path])).toEqual([
      expect.stringMatching(/^warn: -g --to '\/home\/op\/app' begins .* write '~\/app', in quotes$/),
    ]);
    expect(await told(['-o', 'web1', '-r', '/home/operator', '-U', path])).toEqual([]);
    expect(await told(['-o', 'web1', '-r', '~/app', '-U', path])).toEqual([]);
  });

  test('below a home that the account has on both sides is not', async () => {
    const { username, homedir } = userInfo();
    process.env.HOME = homedir;
    writeFileSync('f', '');
    const argv = ['-o', 'web1', '-r', `${homedir}/app`, '-U', join(directory, 'f')];
    expect(await told(argv, [node(username)])).toEqual([]);
    expect(await told(argv, [node(username), node('other')])).toHaveLength(1);
  });

  test('without -e tells where relative names go, and where they go with it', async () => {
    mkdirSync('build');
    writeFileSync('build/a', '');
    const line = ['-o', 'web1', '-r', '/srv/app', '-U', 'build/'];
    const long = `/srv/app${directory}/build`;
    const text = `info: relative names go to '${long}'; with -e they go to '/srv/app/build'`;
    expect(await told(line)).toEqual([text]);
    expect(await told(['-e', ...line])).toEqual([]);
    // A release is somewhere else.
    expect(await told(['--switch', ...line])).toEqual([]);
    expect(await told([...line.slice(0, -1), join(directory, 'build')])).toEqual([]);
  });
});

describe('-o', () => {
  test('with the name of a file here is told before anything is connected', async () => {
    writeFileSync('hosts', 'web1\n');
    mkdirSync('web2');
    const said = "warn: there is a file 'hosts' here, which is read as -o ./hosts";
    expect(await told(['-o', 'hosts', '-C', 'uptime'])).toEqual([said]);
    expect(await told(['-o', 'web1', '-o', 'web2', '-o', 'root@hosts', '-C', 'uptime'])).toEqual([]);
  });
});

describe('a target that was not reached', () => {
  const failure = (host: string) => new LockstepError('unreachable', 'no', { node: node('deploy', host) });

  test('and is the name of a file here gets that as its hint', () => {
    writeFileSync('hosts.txt', 'web1\n');
    expect(targetHint([failure('web1'), failure('hosts.txt')])).toBe(
      "there is a file 'hosts.txt' here, which is read as -o ./hosts.txt",
    );
  });

  test('and is known nowhere keeps the hint of the table', () => {
    const hint = targetHint([failure('web1')]);
    expect(hint).toBeUndefined();
    expect(connectError([failure('web1')], 1, hint).hint).toMatch(/^check the name/);
  });
});
