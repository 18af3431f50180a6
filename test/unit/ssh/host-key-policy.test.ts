import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Node, nodeId } from '../../../src/core/node.ts';
import { generateKeyPair } from '../../../src/demo/key-pair.ts';
import { loadHostKeys } from '../../../src/ssh/host-keys/of-nodes.ts';
import { scratchForFile } from '../../scratch.ts';

const directory = scratchForFile();

const node = (host: string, port = 22): Node => ({
  id: nodeId('u', host, port),
  user: 'u',
  host,
  port,
  given: host,
});
const blob = (line: string) => Buffer.from(line.split(' ')[1] ?? '', 'base64');
const KEY = generateKeyPair().public;

let homes = 0;
function newHome(): string {
  homes += 1;
  return join(directory, `home${homes}`);
}

const load = (homeDirectory: string, warnings: string[] = []) =>
  loadHostKeys({
    hostKeys: { checking: 'accept-new' },
    homeDirectory,
    warn: (text) => void warnings.push(text),
  });

describe('known_hosts as accept-new writes it', () => {
  it('S4 200 hosts that four runs meet at once are one whole line each, in a file 0600 and a directory 0700', async () => {
    const home = newHome();
    const runs = await Promise.all([1, 2, 3, 4].map(() => load(home)));
    const hosts = Array.from({ length: 200 }, (_, index) => `node${index}`);
    await Promise.all(
      hosts.map(async (host, index) => {
        await new Promise((resolve) => setTimeout(resolve, index % 7));
        const run = runs[index % runs.length];
        run?.remember(node(host), blob(KEY));
        run?.remember(node(host), blob(KEY));
        await run?.written();
      }),
    );
    const lines = readFileSync(join(home, '.ssh/known_hosts'), 'utf8').split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.sort()).toEqual(hosts.map((host) => `${host} ${KEY}`).sort());
    expect(statSync(join(home, '.ssh/known_hosts')).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, '.ssh')).mode & 0o777).toBe(0o700);
  });

  it('S4 lines that are there stay as they are, also a last one without a newline, and the mode stays', async () => {
    const home = newHome();
    const before = `# mine\nbroken line\nold ${KEY}`;
    mkdirSync(join(home, '.ssh'), { recursive: true });
    writeFileSync(join(home, '.ssh/known_hosts'), before, { mode: 0o644 });
    const hostKeys = await load(home);
    hostKeys.remember(node('new', 2222), blob(KEY));
    await hostKeys.written();
    expect(readFileSync(join(home, '.ssh/known_hosts'), 'utf8')).toBe(`${before}\n[new]:2222 ${KEY}\n`);
    expect(statSync(join(home, '.ssh/known_hosts')).mode & 0o777).toBe(0o644);
  });

  it('a host that became known by another key in the meantime is refused', async () => {
    const hostKeys = await load(newHome());
    const other = blob(generateKeyPair().public);
    expect(hostKeys.refusal(node('h'), other)).toBeUndefined();
    hostKeys.remember(node('h'), blob(KEY));
    expect(hostKeys.refusal(node('h'), other)?.code).toBe('host-key-changed');
    await hostKeys.written();
  });

  it('a file that cannot be written is a warning, and the run goes on', async () => {
    const home = newHome();
    mkdirSync(home, { recursive: true });
    const warnings: string[] = [];
    const hostKeys = await load(home, warnings);
    writeFileSync(join(home, '.ssh'), 'in the way');
    hostKeys.remember(node('h'), blob(KEY));
    await hostKeys.written();
    expect(hostKeys.refusal(node('h'), blob(KEY))).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(/^cannot add host keys to .*known_hosts: /)]);
  });

  it('the second of the user files is read, and the first one written', async () => {
    const home = newHome();
    mkdirSync(join(home, '.ssh'), { recursive: true });
    writeFileSync(join(home, '.ssh/known_hosts2'), `h ${KEY}\n`);
    const hostKeys = await load(home);
    hostKeys.remember(node('h'), blob(KEY));
    hostKeys.remember(node('other'), blob(KEY));
    await hostKeys.written();
    expect(readFileSync(join(home, '.ssh/known_hosts'), 'utf8')).toBe(`other ${KEY}\n`);
  });
});

describe('a controller with little of its own', () => {
  it('S1 a byte order mark does not hide the first host: its changed key is refused', async () => {
    const home = newHome();
    mkdirSync(join(home, '.ssh'), { recursive: true });
    writeFileSync(join(home, '.ssh/known_hosts'), `\uFEFFweb1 ${KEY}\n`);
    const keys = await load(home);
    expect(keys.refusal(node('web1'), blob(KEY))).toBeUndefined();
    expect(keys.refusal(node('web1'), blob(generateKeyPair().public))).toMatchObject({
      code: 'host-key-changed',
    });
  });

  it('without a home keeps new keys for its own run, and writes none of them anywhere', async () => {
    const warnings: string[] = [];
    const accepted: (string | undefined)[] = [];
    const keys = await loadHostKeys({
      hostKeys: { checking: 'accept-new' },
      homeDirectory: undefined,
      warn: (text) => void warnings.push(text),
      onAccepted: ({ host }, _key, file) => void accepted.push(host, file),
    });
    keys.remember(node('web1'), blob(KEY));
    await keys.written();
    expect(accepted).toEqual(['web1', undefined]);
    expect(warnings).toEqual([]);
    expect(keys.refusal(node('web1'), blob(generateKeyPair().public))).toMatchObject({
      code: 'host-key-changed',
    });
  });

  it('a known_hosts that is a directory is an error that names it', async () => {
    const settings = { homeDirectory: newHome(), warn: () => {} };
    const failing = loadHostKeys({
      ...settings,
      hostKeys: { checking: 'accept-new', knownHostsFile: directory },
    });
    await expect(failing).rejects.toThrow(`cannot read ${directory}: it is a directory`);
  });
});
