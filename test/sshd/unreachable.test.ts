import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateKeyPair } from '../../src/demo/key-pair.ts';
import type { Farm } from '../farm/farm.ts';
import { expectExit, run, startScene } from './scene.ts';

const MARK = ['-C', 'touch /tmp/marker; echo ran'];

describe('nodes that cannot be used', () => {
  let farm: Farm;

  beforeAll(async () => {
    farm = await startScene(3);
  });
  afterAll(() => farm?.stop());

  /** The nodes on which the command has run; forgets it there. */
  async function marked(): Promise<string[]> {
    const looks = await Promise.all(farm.nodes.map((node) => node.run('rm /tmp/marker')));
    return farm.nodes.filter((_node, index) => looks[index]?.code === 0).map(({ name }) => name);
  }

  /** A home with known_hosts, and the farm's key unless another one is given. */
  function homeWith(name: string, { knownHosts = '', key = '' }): string {
    const home = join(farm.home, name);
    mkdirSync(join(home, '.ssh'), { recursive: true });
    writeFileSync(join(home, '.ssh/known_hosts'), knownHosts);
    if (key !== '') writeFileSync(join(home, '.ssh/id_ed25519'), key, { mode: 0o600 });
    return home;
  }

  const id = (index: number) => `[root@${farm.nodes[index]?.host}:22]`;

  test('F15: a name that does not exist and a port where nobody listens end the run, each with its reason, before anything ran', async () => {
    const others = ['-o', 'root@no-such-host.invalid', '-o', `root@${farm.nodes[0]?.host}:2`];
    const ran = await expectExit(run(farm, [...others, ...MARK]), 3);
    expect(ran.stderr).toContain('connection to 2 of 5 nodes failed');
    expect(ran.stderr).toMatch(
      /can't connect to address: \[root@no-such-host\.invalid:22\]\n.*└─ .*cannot resolve host/,
    );
    expect(ran.stderr).toMatch(/can't connect to address: \[root@127\.[\d.]+:2\]\n.*└─ .*connection refused/);
    expect(ran.stderr).toContain('└─ nothing was run on any node');
    expect(ran.stderr).not.toContain('ended early');
    expect(await marked()).toEqual([]);
  });

  test('with -w the others go on, those left out are named, and the exit code is theirs; when nobody is left it is 3 (L16)', async () => {
    const others = ['-o', 'root@no-such-host.invalid', '-o', `root@${farm.nodes[0]?.host}:2`, '-w'];
    const ran = await expectExit(run(farm, [...others, ...MARK]), 0);
    expect(ran.stdout.match(/ ran$/gm)).toHaveLength(3);
    expect(ran.stderr).toContain('[root@no-such-host.invalid:22] is left out');
    expect(ran.stderr).toContain(':2] is left out');
    expect(await marked()).toEqual(['node-1', 'node-2', 'node-3']);
    const quiet = await expectExit(run(farm, ['-q', ...others, '-C', 'true']), 0);
    expect(quiet.stderr).toContain('[root@no-such-host.invalid:22] is left out');
    const failed = await expectExit(
      run(farm, ['-w', '-o', `root@${farm.nodes[0]?.host}:2`, '-C', 'exit 4']),
      1,
    );
    expect(failed.stderr).toContain('code 4 (3 nodes)');
    await expectExit(run(farm, [...others, ...MARK], { nodes: [] }), 3);
  });

  test('a key that no node knows ends the run, with every node named and nothing run', async () => {
    const home = homeWith('stranger', { key: generateKeyPair().private });
    const ran = await expectExit(run(farm, MARK, { env: { HOME: home } }), 3);
    expect(ran.stderr).toContain(`can't connect to address: ${id(0)}, ${id(1)}, ${id(2)}\n`);
    expect(ran.stderr).toMatch(/└─ cannot log in as root: tried .*id_ed25519/);
    expect(ran.stderr).toContain('hint: check the user (-u), the key (-k) and ssh-agent (ssh-add -l)');
    const given = await expectExit(run(farm, ['-k', join(home, '.ssh/id_ed25519'), ...MARK]), 3);
    expect(given.stderr).toContain('connection to 3 of 3 nodes failed');
    expect(await marked()).toEqual([]);
    await expectExit(run(farm, ['-k', farm.keyPath, ...MARK], { env: { HOME: home } }), 0);
    expect(await marked()).toHaveLength(3);
  });

  test('an account that does not exist is told apart from none of the others', async () => {
    const ran = await expectExit(run(farm, ['-o', `nobody-here@${farm.nodes[0]?.host}`, ...MARK]), 3);
    expect(ran.stderr).toContain(`can't connect to address: [nobody-here@${farm.nodes[0]?.host}:22]`);
    expect(ran.stderr).toContain('connection to 1 of 4 nodes failed');
    expect(await marked()).toEqual([]);
  });

  test('S1: a host key that has changed ends the run with both keys told; -w goes on without that node', async () => {
    const lines = farm.nodes.map(
      ({ host, hostKey }, index) => `${host} ${index === 1 ? generateKeyPair().public : hostKey}\n`,
    );
    const home = homeWith('changed', { knownHosts: lines.join('') });
    const options = { env: { HOME: home } };
    const ran = await expectExit(run(farm, ['-k', farm.keyPath, ...MARK], options), 3);
    expect(ran.stderr).toContain(`can't connect to address: ${id(1)}`);
    expect(ran.stderr).toContain('known_hosts:2');
    expect(ran.stderr.match(/SHA256:/g)?.length).toBeGreaterThanOrEqual(2);
    expect(ran.stderr).toContain('ssh-keygen -R');
    expect(await marked()).toEqual([]);
    const others = await expectExit(run(farm, ['-w', '-k', farm.keyPath, ...MARK], options), 0);
    expect(others.stderr).toContain(`${id(1)} is left out`);
    expect(await marked()).toEqual(['node-1', 'node-3']);
  });

  test('S2: --strict-host-key-checking yes refuses an unknown host, accept-new remembers it', async () => {
    const home = homeWith('new', {});
    const options = { env: { HOME: home } };
    const strict = ['--strict-host-key-checking', 'yes', '-k', farm.keyPath, ...MARK];
    const ran = await expectExit(run(farm, strict, options), 3);
    expect(ran.stderr).toContain('connection to 3 of 3 nodes failed');
    await expectExit(run(farm, ['-k', farm.keyPath, ...MARK], options), 0);
    await expectExit(run(farm, strict, options), 0);
    expect(await marked()).toHaveLength(3);
  });
});
