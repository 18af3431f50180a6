import { describe, expect, it } from 'vitest';
import { parseInventory } from '../../../src/targets/inventory-file.ts';
import { asked, filesOf, resolved } from './asked.ts';

const INI = `
mail.example.com
[web]
web[01:02] ansible_port=2222   # two of them
"web03" ansible_host='10.0.0.3' note="a b"
[db:children]
db_east
[db_east]
db-[a:b]:2200 ansible_user=dba
[all:vars]
ansible_user = deploy
[web:vars]
ansible_user=www
list=['a', {'b': 1}]
`;

const YAML = `
all:
  hosts:
    mail.example.com:
  vars: {ansible_user: deploy}
  children:
    web:
      hosts:
        web[01:02]: {ansible_port: 2222}
        web03: {ansible_host: 10.0.0.3, note: [a]}
      vars: {ansible_user: www}
    db:
      children:
        db_east:
          hosts:
            db-[a:b]: {ansible_port: 2200, ansible_user: dba}
`;

const JSON_TEXT = JSON.stringify({
  _meta: {
    hostvars: {
      web01: { ansible_port: 2222 },
      web02: { ansible_port: 2222 },
      web03: { ansible_host: '10.0.0.3', other: { a: 1 } },
      'db-a': { ansible_port: 2200, ansible_user: 'dba' },
      'db-b': { ansible_port: 2200, ansible_user: 'dba' },
    },
  },
  all: { children: ['ungrouped', 'web', 'db'], vars: { ansible_user: 'deploy' } },
  ungrouped: ['mail.example.com'],
  web: { hosts: ['web01', 'web02', 'web03'], vars: { ansible_user: 'www' } },
  db: { children: ['db_east'] },
  db_east: { hosts: ['db-a', 'db-b'] },
});

const ALL = [
  '[dba@db-a:2200]',
  '[dba@db-b:2200]',
  '[deploy@mail.example.com:22]',
  '[www@web01:2222]',
  '[www@web02:2222]',
  '[www@web03:22] at 10.0.0.3',
];

const files = filesOf({ './i.ini': INI, './i.yml': YAML, './i.json': JSON_TEXT, hosts: INI });
const named = async (given: Parameters<typeof asked>[0]) =>
  (await resolved(asked(given), files))
    .map(({ id, address }) => (address === undefined ? id : `${id} at ${address}`))
    .toSorted();

describe('an inventory of Ansible', () => {
  it.each([
    ['INI', { hosts: ['./i.ini'] }],
    ['YAML', { hosts: ['./i.yml'] }],
    ['JSON', { hosts: ['./i.json'] }],
    ['a file of any name, by --inventory', { inventoryFile: 'hosts' }],
    ['what a program prints', { programText: JSON_TEXT }],
    ['all of them, each host once', { hosts: ['./i.ini', './i.yml', './i.json'] }],
  ])('names its hosts with address, port and user, as %s', async (_what, given) => {
    expect(await named(given)).toEqual(ALL);
  });

  it.each([
    [{ inventoryFile: 'hosts', hosts: ['@db'] }, ['[dba@db-a:2200]', '[dba@db-b:2200]']],
    [{ inventoryFile: 'hosts', hosts: ['!@web', '!@db'] }, ['[deploy@mail.example.com:22]']],
    [{ inventoryFile: 'hosts', hosts: ['web03'] }, ['[www@web03:22] at 10.0.0.3']],
    [{ inventoryFile: 'hosts', hosts: ['root@web03:23'] }, ['[root@web03:23] at 10.0.0.3']],
    [
      { inventoryFile: 'hosts', hosts: ['@ungrouped', 'new1'] },
      ['[deploy@mail.example.com:22]', '[me@new1:22]'],
    ],
    [{ hosts: ['./i.yml', '!@all&web*', '!@db_east'] }, ['[deploy@mail.example.com:22]']],
  ])('is picked from: %j', async (given, ids) => {
    expect(await named(given)).toEqual(ids);
  });

  it.each([
    ['[web\nx', 'i.ini', /^i\.ini:1: that is no section/],
    ['[web:hosts:x]', 'i.ini', /^i\.ini:1: /],
    ['web1 web2', 'i.ini', /^i\.ini:1: the variables of a host come after it/],
    ["web1 a='b", 'i.ini', /^i\.ini:1: a quote is not closed/],
    ['web1 ansible_host={{x}}', 'i.ini', /^i\.ini:1: ansible_host is no plain value/],
    ['[web:vars]\nansible_port=[22]', 'i.ini', /^i\.ini:2: the port is not a number/],
    ['web1 ansible_user=None', 'i.ini', /^i\.ini:1: ansible_user is no plain value/],
    ['web1 ansible_port=ssh', 'i.ini', /^i\.ini:1: the port is not a number/],
    ['web1 ansible_user=-l', 'i.ini', /^i\.ini:1: the user is not a login name/],
    ['web1 ansible_host=-oProxyCommand=x', 'i.ini', /^i\.ini:1: ansible_host is no name/],
    ['web[3:1]', 'i.ini', /^i\.ini:1: the range ends before it begins/],
    ['[web:vars]\nno', 'i.ini', /^i\.ini:2: that is no variable/],
    ['web:\n  hosts: x', 'i.yml', /^i\.yml:2:10: a table is expected/],
    ['web:\n  host: {x: }', 'i.yml', /^i\.yml:2:3: 'host' is not known/],
    ['web:\n  hosts: {x: {ansible_port: [1]}}', 'i.yml', /^i\.yml:2:15: ansible_port is no plain value/],
    ['{"web": {"hosts": [1]}}', 'i.json', /^i\.json: web: hosts: a name is expected/],
    ['{"web": ', 'i.json', /^i\.json: it is no JSON/],
  ])('is refused with its place: %j', async (text, file, message) => {
    const parse = async () => parseInventory(text, file);
    await expect(parse()).rejects.toMatchObject({ code: 'usage', message: expect.stringMatching(message) });
  });

  it('whose groups contain each other still ends', async () => {
    const text = 'x\n[a:children]\nb\n[b:children]\na\n[b:vars]\nansible_user=u\n';
    expect(await resolved(asked({ hosts: ['./c.ini'] }), filesOf({ './c.ini': text }))).toHaveLength(1);
    await expect(
      resolved(asked({ hosts: ['@a'], inventoryFile: './c.ini' }), filesOf({ './c.ini': text })),
    ).rejects.toMatchObject({ message: expect.stringContaining('contains itself') });
  });
});
