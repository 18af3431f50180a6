/** Whom ssh is asked about, how often, and what is said where there is none. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Hosts } from '../../../../src/ssh/config/hosts.ts';
import { scratchForEach } from '../../../scratch.ts';

let directory: string;
const { PATH } = process.env;
scratchForEach((made) => {
  directory = made;
  mkdirSync(join(directory, 'bin'));
  process.env.PATH = join(directory, 'bin');
});
afterEach(() => {
  process.env.PATH = PATH;
});

/** A stand-in for ssh, which keeps the last word of each call. */
function fakeSsh(answer: string): void {
  const path = join(directory, 'bin/ssh');
  const log = join(directory, 'asked');
  writeFileSync(path, `#!/bin/sh\nfor last; do :; done; echo "$last" >>${log}\n${answer}\n`);
  chmodSync(path, 0o755);
}

const asked = () => readFileSync(join(directory, 'asked'), 'utf8').trim().split('\n').sort();

async function open(text: string) {
  const file = join(directory, 'config');
  writeFileSync(file, text);
  const warnings: string[] = [];
  const hosts = await Hosts.open({
    file,
    options: [],
    environment: {},
    warn: (message) => void warnings.push(message.replace(`${directory}/`, '')),
  });
  return { hosts, warnings };
}

const touched = 'Match originalhost a,b exec true\n User ann\nHost *\n Port 7\n';
const all = (host: string) => ({ host, user: undefined, port: undefined });

describe('what is not decided here', () => {
  test('is asked of ssh -G, once for each host that it touches; what ssh says of every host was not said', async () => {
    fakeSsh(
      `echo "hostname $last.example.org"; [ "$last" = nobody ] || echo "port 99"; echo "stricthostkeychecking ask"; echo "identityfile ~/.ssh/id_rsa"`,
    );
    const { hosts, warnings } = await open(touched);
    for (const host of ['a', 'b', 'a', 'c']) hosts.lookUp(all(host));
    expect(await hosts.settle()).toBe(true);
    expect(await hosts.settle()).toBe(false);
    expect(asked()).toEqual(['a', 'b', 'nobody']);
    expect(hosts.lookUp(all('a'))).toMatchObject({
      hostName: 'a.example.org',
      port: 99,
      strictHostKeyChecking: undefined,
      identityFiles: undefined,
    });
    expect(hosts.lookUp(all('c'))).toMatchObject({ hostName: 'c', port: 7 });
    expect(warnings).toEqual([]);
  });

  test('an Include with a token or a variable, which some versions of ssh expand, is asked of the one that is here', async () => {
    fakeSsh('echo "hostname $last"; [ "$last" = nobody ] || echo "port 99"');
    for (const path of ['/etc/%h.conf', '${HOME}/more']) {
      const { hosts, warnings } = await open(`Host a\n Include ${path}\nHost *\n Port 7\n`);
      for (const host of ['a', 'b']) hosts.lookUp(all(host));
      await hosts.settle();
      expect([hosts.lookUp(all('a')).port, hosts.lookUp(all('b')).port]).toEqual([99, 7]);
      expect(warnings).toEqual([]);
    }
    expect(asked()).toEqual(['a', 'a', 'nobody', 'nobody']);
  });

  test('without ssh such an Include is read as it is written, and a warning says so', async () => {
    const { hosts, warnings } = await open('Include /etc/%h.conf\nPort 7\n');
    hosts.lookUp(all('a'));
    await hosts.settle();
    expect(hosts.lookUp(all('a')).port).toBe(7);
    expect(warnings).toEqual([
      "config:1:9: Include '/etc/%h.conf' is taken as it is written, since there is no ssh here that could be asked",
    ]);
  });

  test('ask is the default of ssh and not ours: it counts where somebody has written it', async () => {
    fakeSsh('echo "hostname $last"; echo "stricthostkeychecking ask"');
    const { hosts } = await open(`${touched} StrictHostKeyChecking ask\n`);
    hosts.lookUp(all('a'));
    await hosts.settle();
    expect(hosts.lookUp(all('a')).strictHostKeyChecking).toBe('ask');
  });

  test('without ssh is one warning with its place, for all hosts, and counts as not there', async () => {
    const { hosts, warnings } = await open(touched);
    for (const host of ['a', 'b']) hosts.lookUp(all(host));
    await hosts.settle();
    expect(warnings).toEqual([
      'config:1:24: Match exec is passed over, since there is no ssh here that could be asked',
    ]);
    expect(hosts.lookUp(all('a'))).toMatchObject({ user: undefined, port: 7 });
  });

  test('an ssh that cannot read the file either is not asked for each host, and its keyword is told once', async () => {
    fakeSsh(
      '[ "$last" = nobody ] || { echo "config: line 1: Bad configuration option: frob" >&2; exit 255; }',
    );
    const { hosts, warnings } = await open('Frob 1\nPort 7\n');
    const names = Array.from({ length: 50 }, (_, at) => `h${at}`);
    for (const host of names) hosts.lookUp(all(host));
    await hosts.settle();
    expect(asked().length).toBeLessThan(20);
    expect(warnings).toEqual([expect.stringContaining("config:1: unknown keyword 'Frob'")]);
    expect(hosts.lookUp(all('h49')).port).toBe(7);
  });
});
