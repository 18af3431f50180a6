/** Targets as operators have them: ranges, groups, inventories and programs, on real nodes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { lockstep } from '../farm/lockstep.ts';
import { expectExit, startScene } from './scene.ts';

describe('real nodes are named', () => {
  let farm: Farm;
  let hosts: string[];

  beforeAll(async () => {
    farm = await startScene(3);
    hosts = farm.nodes.map(({ host }) => host);
    const [one = '', two = '', three = ''] = hosts;
    const file = (name: string, text: string) => writeFileSync(join(farm.home, name), text);
    file(
      'lockstep.yaml',
      `groups: {web: [${one}, ${two}], db: [${three}]}\nlabels: {dc: {east: ['*${two}']}}\n`,
    );
    file(
      'hosts.ini',
      `[web]\nalpha ansible_host=${one}\nbeta ansible_host=${two}\n[db]\ngamma ansible_host=${three}\n`,
    );
    file('inventory', `#!/bin/sh\nprintf '{"web": {"hosts": ["%s", "%s"]}}' ${one} ${two}\n`);
  });
  afterAll(() => farm?.stop());

  const ranOn = async (args: readonly string[], code = 0) => {
    const ran = await expectExit(lockstep(['-u', 'root', ...args, '-C', 'hostname'], { farm }), code);
    return ran.stdout
      .split('\n')
      .flatMap((line) => line.split(' ').slice(-1))
      .filter((name) => name !== '')
      .sort();
  };

  test('by a range, by groups and labels, and by what is left out of them', async () => {
    const [first = ''] = hosts;
    const range = `${first.replace(/\d+$/, '')}[${hosts.map((host) => host.replace(/.*\./, '')).join(',')}]`;
    expect(await ranOn(['-o', range])).toEqual(['node-1', 'node-2', 'node-3']);
    expect(await ranOn(['-o', '@web'])).toEqual(['node-1', 'node-2']);
    expect(await ranOn(['-o', '@all!@dc=east'])).toEqual(['node-1', 'node-3']);
    expect(await ranOn(['-o', range, '-o', '!@web'])).toEqual(['node-3']);
  });

  test('by an inventory, each under its name there, and reached at its address', async () => {
    const ran = await expectExit(
      lockstep(['-u', 'root', '-o', './hosts.ini', '-C', 'hostname'], { farm }),
      0,
    );
    expect(ran.stdout.split('\n').sort()).toEqual(['', 'alpha node-1', 'beta node-2', 'gamma node-3']);
    expect(await ranOn(['--inventory', 'hosts.ini', '-o', '@web!beta'])).toEqual(['node-1']);
    await expectExit(
      lockstep(
        [
          '-u',
          'root',
          '--inventory',
          'hosts.ini',
          '--failed-to',
          'failed',
          '-C',
          '[ "$(hostname)" = node-2 ]',
        ],
        { farm },
      ),
      1,
    );
    expect(await ranOn(['--inventory', 'hosts.ini', '-o', './failed'])).toEqual(['node-1', 'node-3']);
  });

  test('by a program, whose failure is told and never a shorter list', async () => {
    expect(await ranOn(['--targets-from', 'sh ./inventory'])).toEqual(['node-1', 'node-2']);
    expect(await ranOn(['--targets-from', `echo ${hosts[2]}`])).toEqual(['node-3']);
    for (const [program, said] of [
      [`echo ${hosts[0]}; echo no database >&2; exit 3`, 'ended with exit code 3: no database'],
      [`echo ${hosts[0]}; kill -9 $$`, 'ended with SIGKILL'],
      ['/no/such/program', 'ended with exit code 127'],
      [':', 'the host lists are empty'],
    ] as const) {
      const ran = await expectExit(lockstep(['--targets-from', program, '-C', 'hostname'], { farm }), 64);
      expect(ran.stderr).toContain(said);
      expect(ran.stdout).toBe('');
    }
  });

  test('by what is left out of a session', async () => {
    const call = `"${process.execPath}" "${join(import.meta.dirname, '../../bin/lockstep.js')}" -o '!${hosts[1]}' -C hostname`;
    const ran = await expectExit(
      lockstep(['-u', 'root', '-o', '@all', '-L', '--', 'sh', '-c', call], { farm }),
      0,
    );
    expect(ran.stdout).toContain('node-1');
    expect(ran.stdout).toContain('node-3');
    expect(ran.stdout).not.toContain('node-2');
  });
});
