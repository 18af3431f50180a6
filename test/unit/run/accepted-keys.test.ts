import { expect, test } from 'vitest';
import { nodeId } from '../../../src/core/node.ts';
import { generateKeyPair } from '../../../src/demo/key-pair.ts';
import { acceptedTexts } from '../../../src/run/start/transport/accepted-keys.ts';

const FILE = '/home/me/.ssh/known_hosts';
const accepted = (host: string, { port = 22, user = 'root', isJump = false } = {}) => ({
  node: { id: nodeId(user, host, port), user, host, port, given: host },
  isJump,
  key: Buffer.from(generateKeyPair().public.split(' ')[1] ?? '', 'base64'),
  file: FILE,
});

test('S2: a new host key is told with its fingerprint and its file', () => {
  expect(acceptedTexts([accepted('web1', { port: 2222 })])).toEqual([
    expect.stringMatching(
      /^accepted the host key of web1:2222, which was not known: ssh-ed25519 SHA256:\S+ \(\/home\/me\/.ssh\/known_hosts\)$/,
    ),
  ]);
});

test('S2: the port of an IPv6 address is told apart from the address', () => {
  expect(acceptedTexts([accepted('::1', { port: 2222 })])[0]).toContain('the host key of [::1]:2222, which');
  expect(acceptedTexts([accepted('fe80::1')])[0]).toContain('the host key of fe80::1, which');
});

test('S2: those of many nodes are told once, their names folded; where there are none nothing is', () => {
  expect(acceptedTexts(['web1', 'web2', 'web3', 'web3'].map((host) => accepted(host)))).toEqual([
    'accepted the host keys of 3 nodes, which were not known: web[1-3] (/home/me/.ssh/known_hosts)',
  ]);
  expect(acceptedTexts([])).toEqual([]);
});

test('S2: nodes are counted, not names of hosts, and jump hosts apart from them', () => {
  const keys = [
    accepted('gate', { isJump: true }),
    accepted('web1'),
    accepted('web1', { user: 'ann' }),
    accepted('web2'),
    accepted('web2'),
  ];
  expect(acceptedTexts(keys)).toEqual([
    expect.stringMatching(
      /^accepted the host key of jump host gate, which was not known: ssh-ed25519 SHA256:/,
    ),
    `accepted the host keys of 3 nodes, which were not known: web[1-2] (${FILE})`,
  ]);
  const more = [accepted('gate1', { isJump: true }), accepted('gate2', { isJump: true })];
  expect(acceptedTexts(more)).toEqual([
    `accepted the host keys of 2 jump hosts, which were not known: gate[1-2] (${FILE})`,
  ]);
});
