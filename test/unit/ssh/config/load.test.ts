/** Files of ssh_config that cannot be right, those that others may write, and what one Include may bring. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveHost } from '../../../../src/ssh/config/host-config.ts';
import { loadConfig } from '../../../../src/ssh/config/load.ts';
import { localForTests } from '../../../fuzz/ssh-config/oracle.ts';
import { scratchForEach } from '../../../scratch.ts';

let home: string;
scratchForEach((made) => {
  home = made;
});
function write(name: string, text: string, mode = 0o600): string {
  const path = join(home, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

async function load(file: string | undefined, options: readonly string[] = []) {
  const warnings: string[] = [];
  const homes = { own: home, of: () => undefined };
  const config = await loadConfig({ file, options, homes, warn: (text) => void warnings.push(text) });
  const local = { ...localForTests(), user: 'me', homes, environment: { SET: 'yes' } };
  return {
    warnings,
    of: (host: string, wanted: { user?: string; port?: number } = {}) =>
      resolveHost(config, { host, ...wanted }, local),
  };
}

const refusal = (text: string) =>
  load(write('config', text)).then(
    () => 'read',
    (error: Error) => error.message.replace(`${home}/`, ''),
  );

describe('a mistake in ssh_config is told with file, line, column and what was expected', () => {
  test.each([
    ['Host a\n  Port none', "config:2:8: 'none'; expected a number from 1 to 65535"],
    ['Port 0', "config:1:6: '0'; expected a number from 1 to 65535"],
    ['StrictHostKeyChecking=maybe', "config:1:23: 'maybe'; expected yes, no, ask or accept-new"],
    ['ConnectTimeout 5x', "config:1:16: '5x'; expected a time: seconds, or such as 1m30s"],
    ['User "ann', 'config:1:6: a quote is not closed; expected " before the line ends'],
    ['User', 'config:1:5: User has no value; expected one behind it'],
    ['User ann bob', "config:1:10: 'bob'; expected nothing more behind User"],
    ['\nMatch # nobody', 'config:2:7: Match without a criterion; expected all, host'],
    ['Match hosts x', "config:1:7: 'hosts'; expected all, host, originalhost"],
    ['Match host', 'config:1:7: Match host has no value; expected one behind it'],
    ['Match host a all b', "config:1:14: 'all'; expected it to stand alone"],
    ['Host ""', "config:1:6: ''; expected a pattern"],
    ['ProxyJump a,,b', "config:1:11: ''; expected [user@]host[:port], with commas between them"],
    ['Ciphers aes;rm', "config:1:9: 'aes;rm'; expected names with commas between them"],
    ['SetEnv A', "config:1:8: 'A'; expected NAME=value"],
    ['IdentityAgent $1', "config:1:15: '$1'; expected the name of a variable behind the $"],
  ])('%j', async (text, message) => {
    expect(await refusal(text)).toContain(message);
  });

  test('also of a host that no run names, but a value without a meaning is that of its host alone', async () => {
    const { of } = await load(write('config', 'Host a\nIdentityFile ~/%y\nHost b\nIdentityFile ${UNSET}/k'));
    expect(() => of('a')).toThrow(/config:2:14: '%y' in .* has no value; expected one of %% %h/);
    expect(() => of('b')).toThrow(/config:4:14: '\$\{UNSET\}' in .* expected a variable of the environment/);
    expect(of('c').config.identityFiles).toBeUndefined();
  });

  test('and an option of the command line names itself', async () => {
    await expect(load('none', ['Port=x'])).rejects.toThrow(
      "--ssh-option 'Port=x': 'x'; expected a number from 1 to 65535",
    );
    await expect(load('none', ['Prot=x'])).rejects.toThrow(/'Prot'; expected a keyword/);
    await expect(load('none', ['Host=x'])).rejects.toThrow(/Host is for files; expected another keyword/);
    await expect(load('none', ['Include=x'])).rejects.toThrow(/Include is for files/);
  });
});

describe('Include', () => {
  test('a loop is refused where it closes', async () => {
    write('one', `Include ${home}/two`);
    write('two', `# two\n  Include ${home}/one`);
    expect(await refusal(`Include ${home}/one`)).toMatch(
      /^two:2:11: Include .* is a loop; expected another file$/,
    );
  });

  test('is relative to ~/.ssh, globbed in order, without hidden files, and missing ones are none', async () => {
    write('.ssh/config.d/20', 'Port 20');
    write('.ssh/config.d/10', 'Port 10');
    write('.ssh/config.d/.05', 'Port 5');
    const { of } = await load(write('config', 'Include nowhere config.d/[12]*\nPort 1'));
    expect(of('a').config.port).toBe(10);
  });

  test('inside a Host counts for that host alone, and a Host in it ends with it', async () => {
    write('.ssh/part', 'Port 1\nHost b\nPort 2');
    const { of } = await load(write('config', 'Host a\nInclude part\nUser ann\nHost b\nPort 3'));
    expect(of('a').config).toMatchObject({ port: 1, user: 'ann' });
    expect(of('b').config).toMatchObject({ port: 3, user: undefined });
  });

  test('of a file that others may write is refused, as ssh does', async () => {
    write('.ssh/part', 'Port 1', 0o622);
    expect(await refusal('Include part')).toMatch(/part' belongs to somebody else, or others may write it/);
  });
});

describe('whose file it is', () => {
  test('~/.ssh/config that others may write is refused, and -F names what is to be read', async () => {
    const path = write('.ssh/config', 'Port 7', 0o664);
    await expect(load(undefined)).rejects.toMatchObject({ code: 'usage' });
    expect((await load(path)).of('a').config.port).toBe(7);
    expect((await load('none')).of('a').config.port).toBeUndefined();
    await expect(load(join(home, 'missing'))).rejects.toThrow(/cannot read .*: no such file/);
  });

  test('options come before the target, the target before the file', async () => {
    const path = write('config', 'User file\nPort 3');
    expect((await load(path, ['User=option'])).of('a', { user: 'ann', port: 2 }).config).toMatchObject({
      user: 'option',
      port: 2,
    });
    expect((await load(path)).of('a', { user: 'ann' }).config).toMatchObject({ user: 'ann', port: 3 });
  });
});

describe('what is not decided here', () => {
  test('is named for the hosts that it touches, and for no other', async () => {
    const text =
      'Match host a exec true\nPort 1\nHost b\nCanonicalizeHostname yes\nMatch localnetwork 10.0.0.0/8 host c\nUser x';
    const { of } = await load(write('config', text));
    const undecided = (host: string) => of(host).undecided.map((one) => `${one.text} ${one.place.line}`);
    expect(undecided('a')).toEqual(['Match exec 1']);
    expect(undecided('b')).toEqual(['CanonicalizeHostname 4']);
    expect(undecided('c')).toEqual(['Match localnetwork 5']);
    expect(undecided('d')).toEqual([]);
  });

  test('an unknown keyword is one warning with file and line, unless IgnoreUnknown names it', async () => {
    const path = write('config', 'IgnoreUnknown Use*\nUseKeychain yes\nHost a\n Frobnicate 1\nPort 2');
    const { warnings, of } = await load(path);
    expect(warnings).toEqual([expect.stringContaining(`config:4: unknown keyword 'Frobnicate'`)]);
    expect(of('a')).toMatchObject({ config: { port: 2 }, undecided: [{ text: 'Frobnicate' }] });
    expect(of('b').undecided).toEqual([]);
  });

  test('Match tagged follows Tag, which the ssh of this machine may not know', async () => {
    const { of } = await load(
      write('config', 'Host a*\nTag x1\nMatch tagged x*,!x2\nPort 2\nMatch tagged ""\nPort 3'),
    );
    expect([of('a').config.port, of('b').config.port]).toEqual([2, 3]);
  });
});
