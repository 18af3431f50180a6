/** The controller's own surroundings: what is missing, full, deaf or gone there is a sentence, or no matter at all. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { capture } from '../farm/process.ts';
import { expectExit, run, startScene, strays, untilAtRest } from './scene.ts';

const program = fileURLToPath(new URL('../../bin/lockstep.js', import.meta.url));
let farm: Farm;

beforeAll(async () => {
  farm = await startScene(2, ['LogLevel VERBOSE']);
  writeFileSync(join(farm.home, 'file'), 'text');
  execFileSync('sh', ['-c', 'mkfifo fifo; mkdir full && mount -t tmpfs -o size=64k none full'], {
    cwd: farm.home,
  });
  farm.atStop(() => execFileSync('umount', ['-l', join(farm.home, 'full')]));
});
afterAll(() => farm?.stop());

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** Runs lockstep on all nodes by a line of sh, in which "$@" is the program with its targets. */
function shell(line: string, { env = {}, user = 'root' } = {}) {
  const targets = farm.nodes.flatMap(({ host }) => ['-o', `${user}@${host}`]);
  const words = ['-c', `cd ${quote(farm.home)}; ${line}`, 'sh', process.execPath, program, ...targets];
  return capture('sh', words, {
    env: { PATH: process.env.PATH, HOME: farm.home, XDG_STATE_HOME: join(farm.home, '.local/state'), ...env },
  });
}

async function connections(): Promise<number> {
  const looks = farm.nodes.map((node) => node.run('grep -c "^Connection from" /var/log/sshd.log'));
  return (await Promise.all(looks)).reduce((sum, { stdout }) => sum + Number(stdout), 0);
}

describe('output that cannot be written', () => {
  test.each([
    ['a command', '"$@" -C echo x >/dev/full'],
    ['--fold', '"$@" --fold -C hostname >/dev/full'],
    ['--lock-status', '"$@" --lock-status >/dev/full'],
    ['--lock-status in JSON', '"$@" --json --lock-status >/dev/full'],
    ['JSON', '"$@" --json -C echo x >/dev/full'],
    [
      'a disk that is full in the middle',
      '"$@" --fold -C "seq 15000" >full/out; code=$?; rm full/out; exit $code',
    ],
  ])(
    'of %s is a failure with the words of the system, and never success or a reader who has gone',
    async (_what, line) => {
      const ended = await shell(line);
      expect(ended, ended.stderr).toMatchObject({ code: 74 });
      expect(ended.stderr).toContain('cannot write the output: no space left on device');
      expect(ended.stderr).not.toContain('nobody reads');
      await untilAtRest(farm.nodes);
    },
  );

  test('on stderr alone is a failure as well: what the nodes said there is lost', async () => {
    const ended = await shell('"$@" -C "echo lost >&2" 2>/dev/full');
    expect(ended).toMatchObject({ code: 74 });
  });

  test('does not hide that a command failed before: the first cause decides, and both are told', async () => {
    const ended = await shell('"$@" --fold -C "hostname; exit 3" >/dev/full');
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.stderr).toContain('cannot write the output: no space left on device');
    expect(ended.stderr).toContain('code 3 (2 nodes)');
  });

  test('to a reader who has gone ends with 129, as before', async () => {
    const ended = await shell('{ "$@" -C yes; echo $? >code; } | head -1; cat code');
    expect(ended.stdout.trim().split('\n').pop()).toBe('129');
    await untilAtRest(farm.nodes);
  });
});

describe('a signal', () => {
  test('while late output is awaited ends the wait at once, and with its code (L15)', async () => {
    const ran = run(farm, ['-C', 'sleep 301 & echo now']);
    await ran.waitForOutput(/ now$/m);
    ran.kill('SIGINT');
    await expectExit(ran, 130);
    // What has a command's output belongs to it.
    for (const node of farm.nodes) {
      expect(await node.run('flock -n / true')).toMatchObject({ code: 0 });
      expect(strays(node)).not.toContain('sleep 301');
    }
    await untilAtRest(farm.nodes);
  });

  test.each([
    ['a host file', ['-o', './fifo', '-C', 'true']],
    ['the file of -i', ['-i', './fifo', '-C', 'true']],
    ['known_hosts', ['--known-hosts', './fifo', '-C', 'true']],
  ])('before the run has begun ends it at once, though %s never answers', async (_what, words) => {
    const child = run(farm, words, { env: {} });
    // Long enough to be in it, and with no bearing on the result.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    child.kill('SIGTERM');
    const ended = await child.exited;
    expect(ended.code === 143 || ended.signal === 'SIGTERM', `${ended.code} ${ended.signal}`).toBe(true);
  });

  test('is not needed where --outdir cannot be made: that is an error, and no loop', async () => {
    const ran = await expectExit(run(farm, ['--outdir', '/proc/x', '-C', 'true']), 64);
    expect(ran.stderr).toContain("can't write to '/proc/x'");
  });
});

describe('a controller', () => {
  const keys = ['-k', '"$HOME_OF_KEY/.ssh/id_ed25519"', '--known-hosts', '"$HOME_OF_KEY/known"'].join(' ');

  test('needs no home and no name of its account, with -k and --known-hosts', async () => {
    // The key must be that account's own, as it would be in a container.
    execFileSync(
      'sh',
      ['-c', 'mkdir own && cp .ssh/id_ed25519 own/ && chown -R 12345 own && chmod 755 . ..'],
      { cwd: farm.home },
    );
    const line = `exec setpriv --reuid=12345 --clear-groups env -i PATH="$PATH" "$@" -k own/id_ed25519 --known-hosts own/known -C echo ran`;
    const ended = await shell(line);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(ended.stdout.match(/ ran$/gm)).toHaveLength(2);
    const nameless = await capture('sh', [
      '-c',
      `cd ${quote(farm.home)}; exec setpriv --reuid=12345 --clear-groups env -i PATH="$PATH" "$@" -C true`,
      'sh',
      process.execPath,
      program,
      '-o',
      farm.nodes[0]?.host ?? '',
    ]);
    expect(nameless).toMatchObject({ code: 64 });
    expect(nameless.stderr).toContain('the local account has no name to log in with');
  });

  test.each(['/dev/null', '', 'relative', '/nonexistent'])(
    'with HOME=%s takes it for missing, as ssh does',
    async (home) => {
      const ended = await shell(`HOME=${quote(home)} "$@" ${keys} -C echo ran`, {
        env: { HOME_OF_KEY: farm.home },
      });
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
    },
  );

  test('without a key says where it has looked', async () => {
    const ended = await shell('HOME=/nonexistent "$@" --strict-host-key-checking no -C true');
    expect(ended).toMatchObject({ code: 3 });
    expect(ended.stderr).toContain('no key was tried');
    expect(ended.stderr).toContain('/nonexistent/.ssh/{id_rsa,id_ecdsa,');
    expect(ended.stderr).toContain('SSH_AUTH_SOCK is not set');
  });

  test('whose current directory is gone sends absolute paths, and says why it cannot send others', async () => {
    const gone = 'mkdir gone && cd gone && rmdir ../gone;';
    const sent = await shell(`${gone} "$@" -r /srv -e -U ${quote(join(farm.home, 'file'))}`);
    expect(sent, sent.stderr).toMatchObject({ code: 0 });
    const refused = await shell(`${gone} "$@" -r /srv -e -U file`);
    expect(refused, refused.stderr).toMatchObject({ code: 64 });
    expect(refused.stderr).toContain('cannot tell the current directory: no such file or directory');
    const plain = await shell(`${gone} "$@" -C true`);
    expect(plain, plain.stderr).toMatchObject({ code: 0 });
  });

  test.each([['a directory', '/tmp', 'it is a directory']])(
    'whose known_hosts is %s says so before any connection, and blames no node',
    async (_what, path, why) => {
      const before = await connections();
      const ran = await expectExit(run(farm, ['--known-hosts', path, '-C', 'true']), 3);
      expect(ran.stderr).toContain(`cannot read ${path}: ${why}`);
      expect(ran.stderr).not.toContain("can't connect to address");
      expect(await connections()).toBe(before);
    },
  );

  test('tells a new host key once, for all nodes together; a known one is no news (S2)', async () => {
    const home = join(farm.home, 'fresh');
    mkdirSync(join(home, '.ssh'), { recursive: true });
    const options = { env: { HOME: home } };
    const first = await expectExit(run(farm, ['-k', farm.keyPath, '-C', 'true'], options), 0);
    expect(first.stderr.match(/accepted the host keys of 2 nodes, which were not known: /g)).toHaveLength(1);
    expect(first.stderr).toContain(join(home, '.ssh/known_hosts'));
    const second = await expectExit(run(farm, ['-k', farm.keyPath, '-C', 'true'], options), 0);
    expect(second.stderr).toBe('');
  });

  test.each([
    ['a TMPDIR', 'TMPDIR=/nonexistent "$@" -L -- true', 74, 'in /nonexistent: no such file or directory'],
    ['a file for -i', '"$@" -i /proc/self/mem -C cat', 64, "cannot read '/proc/self/mem'"],
  ])('that has %s which cannot be used says so, and calls it no bug', async (_what, line, code, said) => {
    const ended = await shell(line);
    expect(ended, ended.stderr).toMatchObject({ code });
    expect(ended.stderr).toContain(said);
    expect(ended.stderr).not.toContain('bug in lockstep');
    await untilAtRest(farm.nodes);
  });

  test('with a deaf agent does not wait for it where -k can be read', async () => {
    const path = join(farm.home, 'agent');
    let asked = 0;
    const server = createServer(() => {
      asked += 1;
    }).listen(path);
    farm.atStop(() => server.close());
    await expectExit(run(farm, ['-k', farm.keyPath, '-C', 'true'], { env: { SSH_AUTH_SOCK: path } }), 0);
    expect(asked).toBe(0);
    server.close();
  });

  test('does not ask any node for its lock when the program of -L is missing or is none', async () => {
    const before = await connections();
    writeFileSync(join(farm.home, 'plain.sh'), 'echo no\n', { mode: 0o644 });
    for (const [word, code, why] of [
      ['./nosuch.sh', 127, 'no such program'],
      ['nosuchprogram', 127, 'no such program'],
      ['./plain.sh', 126, 'permission denied'],
      ['./own', 126, 'is a directory'],
    ] as const) {
      const ran = await expectExit(run(farm, ['-L', '--', word]), code);
      expect(ran.stderr).toContain(`cannot start '${word}'`);
      expect(ran.stderr).toContain(why);
    }
    expect(await connections()).toBe(before);
  });

  test('takes a stranger behind LOCKSTEP_SESSION for no bug of its own', async () => {
    const directory = join(farm.home, 'private');
    mkdirSync(directory, { mode: 0o700 });
    const path = join(directory, 'socket');
    const server = createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(path);
    farm.atStop(() => server.close());
    const ran = await expectExit(
      run(farm, ['-C', 'true'], { nodes: [], env: { LOCKSTEP_SESSION: path } }),
      2,
    );
    expect(ran.stderr).toContain('LOCKSTEP_SESSION does not speak as a session does');
    expect(ran.stderr).not.toContain('bug in lockstep');
    server.close();
  });
});
