import { describe, expect, test } from 'vitest';
import { findAlias } from '../../../src/targets/ssh-config-alias.ts';

const CONFIG = `
# of mine
Host web1 "web2"
  HostName 10.0.0.1
  user=ann
  IdentityFile "~/.ssh/lab key"
Host db-? !db-9
  Port 2222
  ProxyJump bastion
Host *.lab
  HostName %h.example.com
Match user bob
  User nobody
Host *
  User deploy
  HostName wrong
`;

const NOTHING = { hostName: undefined, user: undefined, port: undefined, key: undefined, jump: undefined };

describe('a name in ~/.ssh/config', () => {
  test.each([
    ['web1', { hostName: '10.0.0.1', user: 'ann', key: '~/.ssh/lab key' }],
    ['WEB2', { hostName: '10.0.0.1', user: 'ann', key: '~/.ssh/lab key' }],
    ['db-1', { hostName: 'wrong', user: 'deploy', port: '2222', jump: 'bastion' }],
    ['a.lab', { hostName: 'a.lab.example.com', user: 'deploy' }],
  ])('is found with the first value of each keyword: %s', (name, found) => {
    expect(findAlias(CONFIG, name)).toEqual({ ...NOTHING, ...found });
  });

  test.each(['db-9', 'db-10', 'other', '*'])('that no Host line names by more than * is none: %s', (name) => {
    expect(findAlias(CONFIG, name)).toBeUndefined();
  });

  test('costs little, whatever its pattern is', () => {
    expect(findAlias(`Host ${'*a'.repeat(20)}b\nUser x`, 'a'.repeat(40))).toBeUndefined();
  });
});
