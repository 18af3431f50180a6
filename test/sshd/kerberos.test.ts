/** A site where Kerberos is the one way to log in. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Farm } from '../farm/farm.ts';
import { KERBEROS_ONLY, startKdc, type Tickets } from '../farm/kdc.ts';
import { expectExit, run, startScene } from './scene.ts';

describe('where a server takes Kerberos alone, and ssh_config says GSSAPIAuthentication yes', () => {
  let farm: Farm;
  let tickets: Tickets;

  beforeAll(async () => {
    farm = await startScene(1, KERBEROS_ONLY);
    const [node] = farm.nodes;
    if (node === undefined) throw new Error('no node');
    tickets = await startKdc(farm, node);
    mkdirSync(join(farm.home, '.ssh'), { recursive: true });
    writeFileSync(join(farm.home, '.ssh/config'), 'Host *\n GSSAPIAuthentication yes\n', { mode: 0o600 });
  });
  afterAll(() => farm?.stop());

  const call = (env: NodeJS.ProcessEnv) => run(farm, ['-v', '-C', 'hostname'], { readsSshConfig: true, env });

  test('root with a ticket is logged in without a flag, and -v says by what', async () => {
    const ran = await expectExit(call(tickets.withTicket), 0);
    expect(ran.stderr).toMatch(/by the ssh of this machine, since ssh_config says GSSAPIAuthentication: /);
    expect(ran.stderr).toMatch(/ node-1$/m);
  });

  test('without a ticket the node is refused by name, and the hint says how to get one', async () => {
    const ran = await expectExit(call(tickets.withoutTicket), 3);
    const [node] = farm.nodes;
    expect(ran.stderr).toContain(`can't connect to address: [root@${node?.host}:22]`);
    expect(ran.stderr).toContain('the server takes gssapi-with-mic; and ssh cannot connect: ');
    expect(ran.stderr).toMatch(/hint: .*kinit/);
  });
});
