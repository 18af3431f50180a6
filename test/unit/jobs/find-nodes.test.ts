/** Sites whose hosts are written in different ways, as nodes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { surroundingsOf } from '../../../src/jobs/remote/surroundings.ts';
import { findNodes } from '../../../src/jobs/sites/find-nodes.ts';
import { requestSchema } from '../../../src/run/request/request.ts';
import { scratchForFile } from '../../scratch.ts';

const place = scratchForFile();

test('two names of one host are one node, and two accounts of it are two', async () => {
  const sshConfig = join(place, 'config');
  writeFileSync(sshConfig, 'Host web*\n  User deploy\nHost db\n  Port 2222\n');
  const request = requestSchema.parse({
    version: 1,
    connect: { sshConfig },
    targets: { hosts: ['localhost'], user: undefined },
    work: { mode: 'lock', program: [] },
  });
  const sites = [
    { name: 'a', host: 'web1' },
    { name: 'b', host: 'deploy@WEB1:22' },
    { name: 'c', host: 'web1', user: 'root' },
    { name: 'd', host: 'ann@db' },
    { name: 'e', host: 'db', user: 'ann', port: 2222 },
  ];
  const here = surroundingsOf({
    environment: { HOME: place, PATH: process.env.PATH },
    signal: new AbortController().signal,
    ask: undefined,
  });
  const nodes = await findNodes(sites, request, here);
  const id = (name: string) => nodes.get(name)?.id.toLowerCase();
  expect([...nodes.keys()]).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect([id('a'), id('c')]).toEqual(['[deploy@web1:22]', '[root@web1:22]']);
  expect(id('b')).toBe(id('a'));
  expect(id('d')).toBe(id('e'));
});
