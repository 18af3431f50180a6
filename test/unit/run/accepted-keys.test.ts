import { expect, test } from 'vitest';
import { nodeId } from '../../../src/core/node.ts';
import { generateKeyPair } from '../../../src/demo/key-pair.ts';
import { acceptedTexts } from '../../../src/run/start/accepted-keys.ts';

const accepted = (host: string, port = 22, file: string | undefined = '/home/me/.ssh/known_hosts') => ({
  node: { id: nodeId('root', host, port), user: 'root', host, port, given: host },
  key: Buffer.from(generateKeyPair().public.split(' ')[1] ?? '', 'base64'),
  file,
});

test('S2: a new host key is told with its fingerprint and its file', () => {
  expect(acceptedTexts([accepted('web1', 2222)])).toEqual([
    expect.stringMatching(
      /^accepted the host key of web1:2222, which was not known: ssh-ed25519 SHA256:\S+ \(\/home\/me\/.ssh\/known_hosts\)$/,
    ),
  ]);
});

test('S2: those of many nodes are told once, their names folded; where there are none nothing is', () => {
  expect(acceptedTexts(['web1', 'web2', 'web3', 'web3'].map((host) => accepted(host)))).toEqual([
    'accepted the host keys of 3 nodes, which were not known: web[1-3] (/home/me/.ssh/known_hosts)',
  ]);
  expect(acceptedTexts([])).toEqual([]);
});
